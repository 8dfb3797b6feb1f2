/**
 * Owns what a command sets on an object that is there: `spec.enablement` of Images, `spec.powerState` of Desktops, one
 * field for each kind. Also written on objects that a command makes as a whole.
 */
export const FIELD_MANAGER = 'kubectl-auxo'

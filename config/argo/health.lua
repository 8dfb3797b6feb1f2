-- Argo CD's health check of every kind of vdi.auxo.dev. It agrees with kstatus, which Flux and Helm use.
local function progressing(message)
  return { status = "Progressing", message = message }
end

if obj.metadata.deletionTimestamp ~= nil then
  return progressing("Being deleted")
end

local status = obj.status
if status == nil or status.observedGeneration == nil or status.observedGeneration ~= obj.metadata.generation then
  return progressing("The operator has not seen this generation yet")
end

local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end

local function isTrue(condition)
  return condition ~= nil and condition.status == "True"
end

if isTrue(conditions.Stalled) then
  return { status = "Degraded", message = conditions.Stalled.message }
end
if isTrue(conditions.Reconciling) then
  return progressing(conditions.Reconciling.message)
end
if isTrue(conditions.Ready) then
  return { status = "Healthy", message = conditions.Ready.message }
end
if conditions.Ready ~= nil then
  return progressing(conditions.Ready.message)
end
return progressing("The operator has not said anything yet")

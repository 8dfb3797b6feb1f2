{{/* Labels of every object. */}}
{{- define "auxo.labels" -}}
app.kubernetes.io/name: auxo
app.kubernetes.io/part-of: auxo
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Labels that select the operator's Pods. */}}
{{- define "auxo.selector" -}}
app.kubernetes.io/name: auxo
{{- end -}}

{{/*
Objects of a file that kustomize and this chart share, with the release's namespace and labels.
Arguments: root, path, labels (optional).
*/}}
{{- define "auxo.shared" -}}
{{- $labels := merge (dict) (.labels | default dict) (include "auxo.labels" .root | fromYaml) -}}
{{- range $document := regexSplit "(?m)^---$" (.root.Files.Get .path | replace "auxo-system" .root.Release.Namespace) -1 }}
{{- $object := fromYaml $document }}
{{- $_ := set $object.metadata "labels" (merge (dict) ($object.metadata.labels | default dict) $labels) }}
---
{{ toYaml $object }}
{{- end }}
{{- end -}}

{{/* What runs the operator: a spool that is not shared is the volume of exactly one replica. */}}
{{- define "auxo.workload" -}}
{{- if and .Values.spool.enabled (not .Values.spool.shared) -}}
{{- if gt (int .Values.replicas) 1 -}}
{{- fail "spool.enabled without spool.shared gives one replica a volume that no other sees: set replicas to 1, or spool.shared to true with a storage class that has ReadWriteMany" -}}
{{- end -}}
StatefulSet
{{- else -}}
Deployment
{{- end -}}
{{- end -}}

{{/* Where clients send uploads. */}}
{{- define "auxo.uploadURL" -}}
{{- if .Values.upload.url -}}
{{ .Values.upload.url }}
{{- else if .Values.upload.ingress.enabled -}}
https://{{ required "upload.ingress.host must be set where upload.ingress.enabled is true" .Values.upload.ingress.host }}
{{- else -}}
https://auxo-upload.$(POD_NAMESPACE).svc:8443
{{- end -}}
{{- end -}}

{{/* The operator's flags. */}}
{{- define "auxo.arguments" -}}
- --shards={{ .Values.shards }}
- --upload-url={{ include "auxo.uploadURL" . }}
- --upload-tls-cert=/etc/auxo/upload-tls/tls.crt
- --upload-tls-key=/etc/auxo/upload-tls/tls.key
{{- if .Values.upload.tls.publishCA }}
- --upload-ca=/etc/auxo/upload-tls/ca.crt
{{- end }}
{{- with .Values.watchNamespaces }}
- --watch-namespaces={{ join "," . }}
{{- end }}
{{- with .Values.logLevel }}
- --log-level={{ . }}
{{- end }}
{{- with .Values.workers }}
- --workers={{ . }}
{{- end }}
{{- with .Values.transfers }}
- --transfers={{ . }}
{{- end }}
{{- with .Values.addresses.allow }}
- --allow-addresses={{ join "," . }}
{{- end }}
{{- with .Values.addresses.deny }}
- --deny-addresses={{ join "," . }}
{{- end }}
{{- if .Values.spool.enabled }}
- --spool-dir=/var/spool/auxo
{{- end }}
{{- with .Values.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end -}}

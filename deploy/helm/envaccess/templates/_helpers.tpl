{{- define "envaccess.name" -}}
{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- define "envaccess.pods" -}}
app.kubernetes.io/name: envaccess
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
{{- define "envaccess.labels" -}}
{{ include "envaccess.pods" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

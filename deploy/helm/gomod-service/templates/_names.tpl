{{/* Names and labels, as every chart's users expect them. */}}

{{- define "gomod-service.name" -}}
{{- .Chart.Name -}}
{{- end }}

{{/* The release's name, with the chart's name in it; with -metrics after it still a name that a Service can have. */}}
{{- define "gomod-service.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 55 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 55 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- define "gomod-service.labels" -}}
{{ include "gomod-service.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: gomod-registry
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end }}

{{- define "gomod-service.selectorLabels" -}}
app.kubernetes.io/name: {{ include "gomod-service.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* An image: by digest when one is given, by tag otherwise. */}}
{{- define "gomod-service.image" -}}
{{- $repository := required "image.repository is required: where the image is, without its tag" .repository -}}
{{- if .digest -}}
{{- printf "%s@%s" $repository .digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (required "image.tag (or image.digest) is required: which build to run" .tag) -}}
{{- end -}}
{{- end }}

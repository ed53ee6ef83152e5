{{/* The variables that both services read: libs/service/gomod_service/settings.py, CommonSettings. */}}

{{- define "gomod-service.settings" -}}
{{- with .Values.settings -}}
GOMOD_BIND: "0.0.0.0:8080"
GOMOD_ADMIN_BIND: "0.0.0.0:9090"
{{- with $.Values.storage }}
{{- if .bucket }}
GOMOD_STORAGE_URL: {{ printf "%s?staging=/var/lib/gomod" .bucket | quote }}
{{- range $name, $value := .environment }}
{{ $name }}: {{ include "gomod-service.text" $value }}
{{- end }}
{{- else }}
GOMOD_STORAGE_URL: "file:///var/lib/gomod"
{{- end }}
{{- end }}
GOMOD_PRIVATE_PATTERNS: {{ required "settings.privatePatterns is required: GOPRIVATE globs of your own modules, like go.packages.dev.ameide.io/*" .privatePatterns | quote }}
GOMOD_PUBLIC_URL: {{ required "settings.publicUrl is required: the URL under which clients reach the registry" .publicUrl | quote }}
GOMOD_LOG_LEVEL: {{ required "settings.logLevel is required: debug, info, warning or error" .logLevel | quote }}
GOMOD_LOG_FORMAT: {{ required "settings.logFormat is required: json or console" .logFormat | quote }}
GOMOD_SHUTDOWN_SECONDS: {{ include "gomod-service.text" .shutdownSeconds }}
{{- with .tracesUrl }}
GOMOD_TRACES_URL: {{ . | quote }}
{{- end }}
{{- range $name, $value := .tuning }}
{{ $name }}: {{ include "gomod-service.text" $value }}
{{- end }}
{{- end }}
{{- end }}

{{/*
A value as the text that a ConfigMap takes. The numbers of a values file are floats to helm, and `quote` alone writes a large
one as 1.6777216e+07, which no service reads; JSON has its digits.
*/}}
{{- define "gomod-service.text" -}}
{{- if kindIs "string" . -}}{{ . | quote }}{{- else -}}{{ . | toJson | quote }}{{- end -}}
{{- end }}

{{/*
The alerts that both services have; the chart's own ones follow in its prometheusrule.yaml. Every alert links to the part of
the runbook that says what to do: docs/operations.md has a heading for each.
*/}}

{{- define "gomod-service.runbook" -}}
runbook_url: {{ required "monitoring.runbookUrl is required when monitoring.enabled: where your people read docs/operations.md" (index . 0).Values.monitoring.runbookUrl }}#{{ index . 1 }}
{{- end }}

{{- define "gomod-service.alerts" -}}
{{- $job := include "gomod-service.name" . -}}
{{- $deployment := include "gomod-service.fullname" . -}}
- alert: GomodUnavailable
  expr: |
    kube_deployment_status_replicas_available{namespace={{ .Release.Namespace | quote }}, deployment={{ $deployment | quote }}} == 0
  for: 2m
  labels:
    severity: critical
    service: {{ $job }}
  annotations:
    summary: No pod of {{ $deployment }} is ready
    {{- include "gomod-service.runbook" (list . "no-pod-is-ready") | nindent 4 }}
{{- /* How many times faster than the objective allows errors may come, in a long and a short window, so that an alert comes
       soon and goes soon: at 14.4 times a month's budget is gone in two days, at 6 times in five. */}}
{{- range $burn := list (dict "name" "Fast" "times" 14.4 "long" "1h" "short" "5m" "for" "2m" "severity" "critical") (dict "name" "Slow" "times" 6 "long" "6h" "short" "30m" "for" "15m" "severity" "warning") }}
- alert: GomodErrorBudgetBurns{{ $burn.name }}
  expr: |
    {{- range $window := list $burn.long $burn.short }}
    {{- if ne $window $burn.long }}
      and
    {{- end }}
    sum(rate(gomod_requests_total{namespace={{ $.Release.Namespace | quote }}, job={{ $job | quote }}, status=~"500|503|507", endpoint!="readyz"}[{{ $window }}]))
      / sum(rate(gomod_requests_total{namespace={{ $.Release.Namespace | quote }}, job={{ $job | quote }}, endpoint!~"readyz|healthz"}[{{ $window }}])) > {{ $burn.times }} * (1 - {{ $.Values.monitoring.objective }})
    {{- end }}
  for: {{ $burn.for }}
  labels:
    severity: {{ $burn.severity }}
    service: {{ $job }}
  annotations:
    summary: {{ $deployment }} answers {{ "{{ $value | humanizePercentage }}" }} of its requests with errors of its own; {{ $.Values.monitoring.objective }} are to be answered
    {{- include "gomod-service.runbook" (list $ "answers-of-5xx") | nindent 4 }}
{{- end }}
- alert: GomodFileNotReloaded
  expr: |
    increase(gomod_reload_failures_total{namespace={{ .Release.Namespace | quote }}, job={{ $job | quote }}}[15m]) > 0
  labels:
    severity: warning
    service: {{ $job }}
  annotations:
    summary: {{ $deployment }} keeps the last good {{ "{{ $labels.file }}" }}, because what it changed to can't be used
    {{- include "gomod-service.runbook" (list . "a-file-is-not-reloaded") | nindent 4 }}
{{- end }}

{{/* Takes the chart's context and the text of its own alerts. */}}
{{- define "gomod-service.prometheusRule" -}}
{{- $own := index . 1 -}}
{{- with index . 0 -}}
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: {{ include "gomod-service.fullname" . }}
  labels:
    {{- include "gomod-service.labels" . | nindent 4 }}
    {{- with .Values.monitoring.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  groups:
    - name: {{ include "gomod-service.fullname" . }}
      rules:
        {{- include "gomod-service.alerts" . | nindent 8 }}
        {{- with $own }}
        {{- . | nindent 8 }}
        {{- end }}
{{- end }}
{{- end }}

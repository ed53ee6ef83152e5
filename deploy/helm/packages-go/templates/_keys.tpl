{{/*
The variables of the publish runner: what Vault keeps, the Secret holds and the pod reads, one list for all three.
scripts/vault/ensure-local-secrets.py seeds the same list; tests/deploy/test_secrets.py compares.
*/}}
{{- define "packages-go.keys" -}}
- GO_MODULE_PATH
- GO_REGISTRY_URL
- GOPROXY
- GONOPROXY
- GOPRIVATE
- GONOSUMDB
- GOWORK
{{- end }}

{{/* Required by chart and helm test alike. */}}
{{- define "packages-go.runbookUrl" -}}
{{- required "runbookUrl is required: where your people read docs/operations.md" .Values.runbookUrl -}}
{{- end }}

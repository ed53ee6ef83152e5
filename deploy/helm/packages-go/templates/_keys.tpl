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

{{/*
The token that a pod reads with, where the registry asks for one: go and gomod-publish look for it where NETRC says. The parts
that a pod's container and its volumes need.
*/}}
{{- define "packages-go.readTokenVariable" -}}
{{- if .Values.readToken.secretName -}}
- name: NETRC
  value: /etc/gomod/read-token/netrc
{{- end }}
{{- end }}

{{- define "packages-go.readTokenMount" -}}
{{- if .Values.readToken.secretName -}}
- name: read-token
  mountPath: /etc/gomod/read-token
  readOnly: true
{{- end }}
{{- end }}

{{- define "packages-go.readTokenVolume" -}}
{{- with .Values.readToken.secretName -}}
- name: read-token
  secret:
    secretName: {{ . }}
{{- end }}
{{- end }}

{{/* Required by chart and helm test alike. */}}
{{- define "packages-go.runbookUrl" -}}
{{- required "runbookUrl is required: where your people read docs/operations.md" .Values.runbookUrl -}}
{{- end }}

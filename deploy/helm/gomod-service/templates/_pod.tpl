{{/* What the pods of both services have in common. */}}

{{/*
The group that owns the files on the volume. One number for both services, and no setting: with two, one service could not
mend what the other wrote.
*/}}
{{- define "gomod-service.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "gomod-service.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "gomod-service.ports" -}}
- name: http
  containerPort: 8080
- name: metrics
  containerPort: 9090
{{- end }}

{{/*
Ready means: can really write and read the store (the service asks its disk for at most 5 s). Starting may take long: the
store repairs what a crash left. Alive asks for nothing but an answer: a full disk is no reason to restart.
*/}}
{{- define "gomod-service.probes" -}}
startupProbe:
  httpGet:
    path: /readyz
    port: http
  periodSeconds: 2
  timeoutSeconds: 6
  failureThreshold: 150
readinessProbe:
  httpGet:
    path: /readyz
    port: http
  periodSeconds: 5
  timeoutSeconds: 6
  failureThreshold: 2
livenessProbe:
  httpGet:
    path: /healthz
    port: http
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end }}

{{/* The gateway needs a moment to hear that this pod is going: until then it is still sent requests. */}}
{{- define "gomod-service.drain" -}}
preStop:
  sleep:
    seconds: 5
{{- end }}

{{- define "gomod-service.terminationGracePeriodSeconds" -}}
{{- add 5 .Values.settings.shutdownSeconds 5 -}}
{{- end }}

{{/*
Where the pods may run. ReadWriteOnce means one node, so every pod that mounts the claim asks to be where the others are
(the first one may be anywhere: the scheduler lets a pod that matches its own rule begin). ReadWriteMany, or a bucket: spread
out.
*/}}
{{- define "gomod-service.placement" -}}
{{- if and (not .Values.storage.bucket) (eq (include "gomod-service.accessMode" .) "ReadWriteOnce") -}}
affinity:
  podAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            {{- include "gomod-service.claimLabel" . | nindent 12 }}
{{- else -}}
topologySpreadConstraints:
  {{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ $key }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "gomod-service.selectorLabels" $ | nindent 8 }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "gomod-service.accessMode" -}}
{{- required "storage.accessMode is required: ReadWriteOnce (all pods on one node) or ReadWriteMany" .Values.storage.accessMode -}}
{{- end }}

{{- define "gomod-service.claim" -}}
{{- required "the name of the claim is required: storage.claimName (or storage.existingClaim) of gomod-proxy, storage.existingClaim of gomod-uploader" (coalesce .Values.storage.existingClaim .Values.storage.claimName) -}}
{{- end }}

{{/* On every pod that mounts the claim, whatever its chart. */}}
{{- define "gomod-service.claimLabel" -}}
gomod-registry/claim: {{ include "gomod-service.claim" . }}
{{- end }}

{{/*
The Deployment of a service. Takes a list of two: the chart's own context, and what to mount, as a dict of folder: volume
source. Whole folders, because only so does a changed Secret or ConfigMap reach a running pod.
*/}}
{{- define "gomod-service.deployment" -}}
{{- $folders := index . 1 -}}
{{- with index . 0 -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "gomod-service.fullname" . }}
  labels:
    {{- include "gomod-service.labels" . | nindent 4 }}
spec:
  {{- if not (dig "autoscaling" "enabled" false (.Values | toYaml | fromYaml)) }}
  replicas: {{ required "replicas is required: how many pods" .Values.replicas }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "gomod-service.selectorLabels" . | nindent 6 }}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      # The next pod is ready before the last one goes; a version that can't get ready replaces nothing.
      maxUnavailable: 0
      maxSurge: 1
  template:
    metadata:
      labels:
        {{- include "gomod-service.labels" . | nindent 8 }}
        {{- if not .Values.storage.bucket }}
        {{- include "gomod-service.claimLabel" . | nindent 8 }}
        {{- end }}
      annotations:
        checksum/config: {{ include (print .Template.BasePath "/configmap.yaml") . | sha256sum }}
        {{- with .Values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ include "gomod-service.fullname" . }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      {{- with .Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        {{- include "gomod-service.podSecurityContext" . | nindent 8 }}
      terminationGracePeriodSeconds: {{ include "gomod-service.terminationGracePeriodSeconds" . }}
      {{- include "gomod-service.placement" . | nindent 6 }}
      containers:
        - name: {{ .Chart.Name | trimPrefix "gomod-" }}
          image: {{ include "gomod-service.image" .Values.image | quote }}
          imagePullPolicy: {{ .Values.image.pullPolicy }}
          envFrom:
            - configMapRef:
                name: {{ include "gomod-service.fullname" . }}
            {{- with .Values.storage.credentialsSecret }}
            - secretRef:
                name: {{ . }}
            {{- end }}
          ports:
            {{- include "gomod-service.ports" . | nindent 12 }}
          {{- include "gomod-service.probes" . | nindent 10 }}
          lifecycle:
            {{- include "gomod-service.drain" . | nindent 12 }}
          resources:
            {{- toYaml .Values.resources | nindent 12 }}
          securityContext:
            {{- include "gomod-service.containerSecurityContext" . | nindent 12 }}
          volumeMounts:
            - name: modules
              mountPath: /var/lib/gomod
            {{- range $folder, $source := $folders }}
            - name: {{ base $folder }}
              mountPath: {{ $folder }}
              readOnly: {{ not (hasKey $source "emptyDir") }}
            {{- end }}
      volumes:
        - name: modules
          {{- if .Values.storage.bucket }}
          # Where versions are gathered on their way to the bucket.
          emptyDir: {}
          {{- else }}
          persistentVolumeClaim:
            claimName: {{ include "gomod-service.claim" . }}
          {{- end }}
        {{- range $folder, $source := $folders }}
        - name: {{ base $folder }}
          {{- toYaml $source | nindent 10 }}
        {{- end }}
{{- end }}
{{- end }}

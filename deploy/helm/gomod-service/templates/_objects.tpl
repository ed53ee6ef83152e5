{{/* Whole objects that are the same for both services. */}}

{{- define "gomod-service.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "gomod-service.fullname" . }}
  labels:
    {{- include "gomod-service.labels" . | nindent 4 }}
spec:
  selector:
    {{- include "gomod-service.selectorLabels" . | nindent 4 }}
  ports:
    - name: http
      port: 8080
      targetPort: http
{{- end }}

{{/* Metrics have a Service of their own: what routes to the other one can't route to them by mistake. */}}
{{- define "gomod-service.metricsService" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "gomod-service.fullname" . }}-metrics
  labels:
    {{- include "gomod-service.labels" . | nindent 4 }}
    gomod-registry/metrics: "true"
spec:
  clusterIP: None
  selector:
    {{- include "gomod-service.selectorLabels" . | nindent 4 }}
  ports:
    - name: metrics
      port: 9090
      targetPort: metrics
{{- end }}

{{- define "gomod-service.serviceAccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "gomod-service.fullname" . }}
  labels:
    {{- include "gomod-service.labels" . | nindent 4 }}
automountServiceAccountToken: false
{{- end }}

{{- define "gomod-service.podDisruptionBudget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "gomod-service.fullname" . }}
  labels:
    {{- include "gomod-service.labels" . | nindent 4 }}
spec:
  # One at a time, also of a single one: "at least one stays" would keep a node with a single replica from being drained.
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "gomod-service.selectorLabels" . | nindent 6 }}
{{- end }}

{{- define "gomod-service.serviceMonitor" -}}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: {{ include "gomod-service.fullname" . }}
  labels:
    {{- include "gomod-service.labels" . | nindent 4 }}
    {{- with .Values.monitoring.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  jobLabel: app.kubernetes.io/name
  selector:
    matchLabels:
      {{- include "gomod-service.selectorLabels" . | nindent 6 }}
      gomod-registry/metrics: "true"
  endpoints:
    - port: metrics
      interval: 30s
{{- end }}

{{/* DNS, which every egress rule needs to be of use. */}}
{{- define "gomod-service.dnsEgress" -}}
- ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
  to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: kube-system
{{- end }}

{{- define "gomod-service.checkBucketEgress" -}}
{{- if and .Values.storage.bucket (not .Values.networkPolicy.egress) -}}
{{- fail "networkPolicy.egress is required with storage.bucket: without it the service does not reach the bucket" -}}
{{- end -}}
{{- end }}

{{/* Only whoever scrapes may read metrics; without monitoring, nobody. */}}
{{- define "gomod-service.metricsIngress" -}}
{{- if .Values.monitoring.enabled -}}
- ports:
    - port: metrics
      protocol: TCP
  from:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ required "monitoring.namespace is required when monitoring.enabled: where Prometheus runs" .Values.monitoring.namespace }}
{{- end }}
{{- end }}

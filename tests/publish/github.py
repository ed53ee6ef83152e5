"""As much of a GitHub runner as our workflow needs: jobs in their order, checkouts, `run` steps, artifacts."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{ *(vars|secrets)\.([A-Z_]+) *\}\}")

# Whatever these install is on the PATH already.
_SETUPS = ("actions/setup-python", "actions/setup-go")


@dataclass
class Job:
    """What became of a job."""

    outcome: str = "skipped"  # or success, failure
    printed: str = ""
    workspace: Path = Path()


class StepFailedError(Exception):
    """A step ended with another status than 0, or found no file that it must have."""


@dataclass
class Runner:
    """Runs a workflow of the repository's commit that is checked out."""

    folder: Path
    repository: Path
    settings: Mapping[str, str]  # vars and secrets
    environ: Mapping[str, str]  # of the machine
    identity: Mapping[str, str] = field(default_factory=dict)  # what a job with `id-token: write` gets

    def run(self, workflow: Path) -> dict[str, Job]:
        """Every job, those that others need first; what needs a job that did not succeed is skipped."""
        document = yaml.safe_load(workflow.read_text())
        done: dict[str, Job] = {}
        for name, job in document["jobs"].items():
            needs = job.get("needs", [])
            needed = [needs] if isinstance(needs, str) else needs
            done[name] = Job()
            if all(done[each].outcome == "success" for each in needed):
                done[name] = self._run_job(name, job)
        return done

    def _run_job(self, name: str, job: Mapping[str, Any]) -> Job:
        self._job = Job("success", workspace=self.folder / f"workspace-{name}")
        shutil.rmtree(self._job.workspace, ignore_errors=True)
        self._job.workspace.mkdir(parents=True)
        self._files = {}
        for variable in ("GITHUB_ENV", "GITHUB_PATH"):
            self._files[variable] = self.folder / f"{name}-{variable}"
            self._files[variable].write_text("")
        self._identity = self.identity if job.get("permissions", {}).get("id-token") == "write" else {}
        self._variables = {key: self._filled(value) for key, value in job.get("env", {}).items()}
        for step in job["steps"]:
            if self._job.outcome == "failure" and step.get("if") != "always()":
                continue
            try:
                self._step(step)
            except StepFailedError as error:
                self._job.outcome = "failure"
                self._job.printed += f"{error}\n"
        return self._job

    def _step(self, step: Mapping[str, Any]) -> None:
        if "run" in step:
            self._command(step)
            return
        action = step["uses"].partition("@")[0]
        if action not in _SETUPS:
            actions: dict[str, Callable[[Mapping[str, Any]], None]] = {
                "actions/checkout": self._check_out,
                "actions/upload-artifact": self._upload,
                "actions/download-artifact": self._download,
            }
            actions[action](step.get("with", {}))

    def _command(self, step: Mapping[str, Any]) -> None:
        own = {key: self._filled(value) for key, value in step.get("env", {}).items()}
        told = dict(line.split("=", 1) for line in self._files["GITHUB_ENV"].read_text().splitlines())
        path = ":".join([*reversed(self._files["GITHUB_PATH"].read_text().splitlines()), self.environ["PATH"]])
        runner = {name: str(file) for name, file in self._files.items()} | {"RUNNER_TEMP": str(self.folder)}
        done = subprocess.run(
            ["bash", "-e", "-c", step["run"]],
            cwd=self._job.workspace / step.get("working-directory", ""),
            env={**self.environ, **self._identity, **self._variables, **told, **own, **runner, "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self._job.printed += done.stdout
        if done.returncode != 0:
            raise StepFailedError(f"{step['name']} ended with {done.returncode}")

    def _check_out(self, inputs: Mapping[str, Any]) -> None:
        depth = [] if inputs.get("fetch-depth") == 0 else ["--depth=1"]
        source = self.repository.as_uri()
        command = ["git", "clone", "--quiet", *depth, source, str(self._job.workspace)]
        subprocess.run(command, env={**os.environ, "GIT_TERMINAL_PROMPT": "0"}, check=True)

    def _upload(self, inputs: Mapping[str, Any]) -> None:
        files = sorted(self._job.workspace.glob(inputs["path"].rstrip("/")))
        if not files and inputs["if-no-files-found"] == "error":
            raise StepFailedError(f"no files for the artifact {inputs['name']}")
        target = self.folder / "artifacts" / inputs["name"]
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for file in files:
            shutil.copytree(file, target, dirs_exist_ok=True) if file.is_dir() else shutil.copy2(file, target)

    def _download(self, inputs: Mapping[str, Any]) -> None:
        source = self.folder / "artifacts" / inputs["name"]
        shutil.copytree(source, self._job.workspace / inputs["path"], dirs_exist_ok=True)

    def _filled(self, text: object) -> str:
        return _EXPRESSION.sub(lambda match: self.settings[match[2]], str(text))


def stand_in(folder: Path, name: str, *lines: str) -> None:
    """A program of that name that does these lines of shell, in the place of a real one."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join(["#!/bin/sh", *lines, ""]))
    (folder / name).chmod(0o755)


def writes_down(file: Path, name: str) -> str:
    """A line of shell that puts down how a stand-in was called."""
    return f'echo "{name} $*" >>{shlex.quote(str(file))}'

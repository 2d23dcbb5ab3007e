"""The official MLflow client at work on a server: reads what is registered under a name, registers a model, takes it away.

usage: mlflow_client.py read MODEL ALIAS | register NAME TAG_KEY TAG_VALUE | remove NAME EXPERIMENT_ID

The server and the key come from MLFLOW_TRACKING_URI and MLFLOW_TRACKING_TOKEN. The answer is JSON on stdout.
"""

import contextlib
import hashlib
import json
import os
import socket
import sys
import tempfile

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")

resolve = socket.getaddrinfo


def loopback(host, *arguments, **options):
    """Names below .localhost are this machine (RFC 6761), which not every resolver knows."""
    if isinstance(host, str) and host.endswith(".localhost"):
        host = "127.0.0.1"
    return resolve(host, *arguments, **options)


socket.getaddrinfo = loopback

import mlflow  # noqa: E402
from mlflow.tracking import MlflowClient  # noqa: E402


def digests(directory):
    found = {}
    for folder, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, directory)] = hashlib.sha256(file.read()).hexdigest()
    return found


def read(name, alias):
    client = MlflowClient()
    model = client.get_registered_model(name)
    version = client.get_model_version_by_alias(name, alias)
    run = client.get_run(version.run_id)
    with tempfile.TemporaryDirectory() as directory:
        files = digests(mlflow.artifacts.download_artifacts(run_id=version.run_id, artifact_path="model", dst_path=directory))
    loaded = mlflow.pyfunc.load_model(f"models:/{name}@{alias}")
    return {
        "model": {"description": model.description, "tags": model.tags, "aliases": model.aliases},
        "version": {
            "version": str(version.version), "stage": version.current_stage, "status": version.status,
            "run_id": version.run_id, "tags": version.tags, "source": version.source,
        },
        "found": [str(found.version) for found in client.search_model_versions(f"name='{name}'")],
        "experiment": client.get_experiment(run.info.experiment_id).name,
        "run": {"name": run.info.run_name, "parameters": run.data.params, "metrics": run.data.metrics, "tags": run.data.tags},
        "files": files,
        "prediction": [float(value) for value in loaded.predict([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])],
    }


def register(name, tag_key, tag_value):
    client = MlflowClient()
    experiment = client.create_experiment(name, tags={tag_key: tag_value})
    mlflow.set_experiment(experiment_id=experiment)
    with mlflow.start_run(run_name=name) as run, tempfile.TemporaryDirectory() as directory:
        mlflow.log_params({"depth": 3, "note": "é 🦉"})
        mlflow.log_metric("accuracy", 0.9)
        for step in range(5):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.set_tags({"purpose": "read back", tag_key: tag_value})
        os.makedirs(os.path.join(directory, "data"))
        contents = {"weights.bin": bytes(range(256)) * 4, "data/with space+&.txt": "grün 模型\n".encode(), "empty": b""}
        for path, content in contents.items():
            with open(os.path.join(directory, path), "wb") as file:
                file.write(content)
        mlflow.log_artifacts(directory, "model")
        files = digests(directory)
    client.create_registered_model(name, tags={tag_key: tag_value}, description="by the official client")
    version = client.create_model_version(
        name, f"runs:/{run.info.run_id}/model", run.info.run_id, tags={"hokusai_token_id": "TOKEN-1"})
    client.set_model_version_tag(name, version.version, "benchmark_value", "0.9")
    client.set_registered_model_alias(name, "champion", version.version)
    return {
        "experiment_id": experiment, "run_id": run.info.run_id, "version": str(version.version),
        "source": version.source, "files": files,
    }


def remove(name, experiment):
    client = MlflowClient()
    client.delete_registered_model(name)
    client.delete_experiment(experiment)
    return {"experiment": client.get_experiment(experiment).lifecycle_stage}


# The client has things to say to people on stdout, which is for the answer.
with contextlib.redirect_stdout(sys.stderr):
    answer = {"read": read, "register": register, "remove": remove}[sys.argv[1]](*sys.argv[2:])
print(json.dumps(answer))

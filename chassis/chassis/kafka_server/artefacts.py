"""Getting Kafka's jars: `pom.xml` names them, Maven fetches them once into its local repository."""

import hashlib
import shutil
import subprocess
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
MAVEN_TIMEOUT = 600


class KafkaUnavailable(RuntimeError):
    """Kafka cannot run here; the message says what is missing."""


def require_tools() -> None:
    """Raise `KafkaUnavailable` unless Java and Maven are on the PATH."""
    missing = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    if missing:
        raise KafkaUnavailable(f"a local Kafka needs Java 17 or newer and Maven; not found: {', '.join(missing)}")


def classpath(cache: Path) -> str:
    """The class path of the server that `pom.xml` names. `cache` remembers it, so that Maven runs once per version.

    Raises `KafkaUnavailable` without Java or Maven, or when Maven fails.
    """
    require_tools()
    known = cache / f"classpath-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}.txt"
    if known.exists() and all(Path(jar).exists() for jar in known.read_text().strip().split(":")):
        return known.read_text().strip()
    cache.mkdir(parents=True, exist_ok=True)
    fresh = known.with_suffix(".part")
    command = ["mvn", "-B", "-q", "-f", str(POM), "dependency:build-classpath", f"-Dmdep.outputFile={fresh.resolve()}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=MAVEN_TIMEOUT)
    if done.returncode or not fresh.exists():
        raise KafkaUnavailable(f"Maven could not fetch Kafka:\n{(done.stdout + done.stderr)[-2000:]}")
    fresh.replace(known)
    return known.read_text().strip()

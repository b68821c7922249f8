"""Where this installation keeps things and what it is allowed to do, read once from the environment."""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

PACKAGE = Path(__file__).parent
# A wheel carries templates, workflows and migrations inside the package; a clone has them beside it.
HOUSE = PACKAGE / "shipped" if (PACKAGE / "shipped").is_dir() else PACKAGE.parent

PRODUCTION, DEMONSTRATION, TEST = "production", "demonstration", "test"
ENVIRONMENTS = (PRODUCTION, DEMONSTRATION, TEST)


class ConfigurationError(Exception):
    """The environment lacks something that the service cannot run without, or holds something it cannot read."""


@dataclass(frozen=True)
class Config:
    """The settings of one installation.

    Every default is safe to run a demonstration with; production refuses to start on a default key (`from_environment`).
    """

    environment: str = DEMONSTRATION
    database_url: str = ""
    files: Path = Path("instance/files")
    workflows: Path = HOUSE / "workflows"
    secret_key: str = field(default="", repr=False)
    # Fernet keys that seal identity, newest first; the older ones still open what they sealed.
    identity_keys: tuple[str, ...] = field(default=(), repr=False)
    # The key of the hashes by which a patient is found exactly; a change of it needs every hash made anew.
    index_key: str = field(default="", repr=False)
    smtp_url: str = ""
    mail_from: str = "ifr@example.invalid"
    public_address: str = "http://127.0.0.1:8000"
    # The NHS logo and typeface belong to NHS bodies, who switch them on; nobody else may show them.
    nhs_identity: bool = False
    # How long a released letter can still be stopped, in minutes.
    letter_hold_minutes: int = 10
    largest_file: int = 20 * 1024 * 1024
    # Where ClamAV listens, as host:port or the path of its socket. Without it files are handed out unscanned, and say so.
    clamav: str = ""

    @property
    def is_production(self) -> bool:
        return self.environment == PRODUCTION

    @property
    def is_demonstration(self) -> bool:
        return self.environment == DEMONSTRATION


def from_environment(environ: dict[str, str] | None = None) -> Config:
    """Read the settings from IFR_* variables.

    Raises ConfigurationError where production lacks a key, or a value cannot be read.
    """
    env = dict(os.environ if environ is None else environ)
    environment = env.get("IFR_ENVIRONMENT", DEMONSTRATION)
    if environment not in ENVIRONMENTS:
        raise ConfigurationError(f"IFR_ENVIRONMENT is {environment!r}; it is one of {', '.join(ENVIRONMENTS)}.")
    instance = Path(env.get("IFR_INSTANCE", "instance")).resolve()
    keys = _keys(env, environment, instance)
    return Config(
        environment=environment,
        database_url=_with_driver(env.get("IFR_DATABASE_URL") or f"sqlite:///{instance / 'ifr.db'}"),
        files=Path(env.get("IFR_FILES", str(instance / "files"))),
        workflows=Path(env.get("IFR_WORKFLOWS", str(HOUSE / "workflows"))),
        secret_key=keys["IFR_SECRET_KEY"],
        identity_keys=tuple(k.strip() for k in keys["IFR_IDENTITY_KEYS"].split(",") if k.strip()),
        index_key=keys["IFR_INDEX_KEY"],
        smtp_url=env.get("IFR_SMTP_URL", ""),
        mail_from=env.get("IFR_MAIL_FROM", Config.mail_from),
        public_address=env.get("IFR_PUBLIC_ADDRESS", Config.public_address),
        nhs_identity=env.get("IFR_NHS_IDENTITY", "") == "yes",
        letter_hold_minutes=_whole_number(env, "IFR_LETTER_HOLD_MINUTES", Config.letter_hold_minutes),
        clamav=_scanner(env.get("IFR_CLAMAV", "").strip()),
    )


def _with_driver(url: str) -> str:
    """People write postgresql://; the driver that is installed is psycopg 3, which SQLAlchemy wants named."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url[len(prefix):]
    return url


def _scanner(address: str) -> str:
    host, _, port = address.rpartition(":")
    if address and not address.startswith("/") and not (host and port.isascii() and port.isdecimal() and int(port) < 65536):
        raise ConfigurationError(f"IFR_CLAMAV is {address!r}; it is host:port, or the path of a socket that begins with /.")
    return address


def _whole_number(env: dict[str, str], name: str, default: int) -> int:
    try:
        return int(env.get(name, default))
    except ValueError:
        raise ConfigurationError(f"{name} is {env[name]!r}; it is a whole number.") from None


def _keys(env: dict[str, str], environment: str, instance: Path) -> dict[str, str]:
    """The three keys; outside production they are made once and kept beside the database."""
    names = ("IFR_SECRET_KEY", "IFR_IDENTITY_KEYS", "IFR_INDEX_KEY")
    missing = [n for n in names if not env.get(n)]
    if not missing:
        return {n: env[n] for n in names}
    if environment == PRODUCTION:
        raise ConfigurationError(
            f"Production needs {', '.join(missing)}. `ifr check --make-keys` prints a set; keep it apart from the database."
        )
    stored = _kept_keys(instance / "keys.env")
    return {n: env.get(n) or stored[n] for n in names}


def _kept_keys(path: Path) -> dict[str, str]:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"{name}={value}\n" for name, value in make_keys().items())
        # Two processes of one demonstration may start together: the first to link its file wins.
        mine = path.with_suffix(f".{os.getpid()}")
        mine.write_text(lines)
        mine.chmod(0o600)
        try:
            os.link(mine, path)
        except FileExistsError:
            pass
        mine.unlink()
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)


def make_keys() -> dict[str, str]:
    """A fresh set of keys for one installation."""
    from cryptography.fernet import Fernet

    return {
        "IFR_SECRET_KEY": secrets.token_urlsafe(48),
        "IFR_IDENTITY_KEYS": Fernet.generate_key().decode(),
        "IFR_INDEX_KEY": secrets.token_urlsafe(48),
    }

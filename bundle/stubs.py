"""Modules of other packages that stubs replace: each start would load them for what no function uses.

A stub has the names that packages import from its module.
"""

from __future__ import annotations

from pathlib import Path

# With the modules that they load, these are 9 % of the instructions of a start of DisconnectFunction on Python 3.14.
STUBS = {
    # The texts of `help(client)`. Without them, the generator of botocore's documentation is not loaded.
    "botocore/docs/__init__.py": "",
    "botocore/docs/docstring.py": """
def ClientMethodDocstring(**described): return None
PaginatorDocstring = WaiterDocstring = ClientMethodDocstring
""",
    # Reads dates in text. The answers of the functions' calls have none; some sources of credentials do.
    "dateutil/parser/__init__.py": """
def parse(*arguments, **options):
    from dateutil.parser._parser import parse
    return parse(*arguments, **options)
""",
    # Time zones: only some sources of credentials use them.
    "dateutil/tz/__init__.py": """
def tzlocal(): return __getattr__("tzlocal")()
def tzutc(): return __getattr__("tzutc")()
def __getattr__(name):
    import dateutil.tz.tz
    return getattr(dateutil.tz.tz, name)
""",
    # Queries of waiters, of paginators and of a parameter of endpoints; no call of a function has one of these.
    "jmespath/__init__.py": """
def compile(expression):
    from jmespath.parser import Parser
    return Parser().parse(expression)
def search(expression, data): return compile(expression).search(data)
""",
    # Switches HTTP/2 on, which no function does, and loads importlib.metadata for the version of h2.
    "urllib3/http2/__init__.py": "",
    # PyJWT's own download of a JWKS loads urllib.request; infra/tokens/jwks.py says why it is not used.
    "jwt/jwks_client.py": "class PyJWKClient: pass\n",
}


def replace_by_stubs(folder: Path) -> None:
    """Replaces the modules below a folder of packages. Raises FileNotFoundError if a package has no such module."""
    for name, stub in STUBS.items():
        (folder / name).stat()
        (folder / name).write_text(stub, encoding="utf-8")

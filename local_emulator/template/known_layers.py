"""Names the packages that replace layers which a template knows by their ARN alone."""

from __future__ import annotations

import re

# Layer name: what to do instead. The names are those of their publishers' documentation.
REPLACEMENTS = (
    (r"AWSLambdaPowertoolsPython.*", "pip install aws-lambda-powertools[all]"),
    (r"AWSLambdaPowertoolsTypeScript.*", "npm install @aws-lambda-powertools/logger (and its other packages)"),
    (r"AWSSDKPandas-Python.*|AWSDataWrangler-Python.*", "pip install awswrangler"),
    (r"AWSLambda-Python\d+-SciPy.*", "pip install numpy scipy"),
    (r"Klayers-(?:python|p)[\d.]+(?:-arm64)?-(?P<package>[\w-]+)", "pip install {package}"),
    (r"(?i).*x-?ray.*", "pip install aws-xray-sdk, or npm install aws-xray-sdk"),
    (r"aws-otel-python.*|AWSOpenTelemetryDistroPython", "pip install aws-opentelemetry-distro"),
    (
        r"aws-otel-nodejs.*|AWSOpenTelemetryDistroJs",
        "npm install @opentelemetry/auto-instrumentations-node",
    ),
    (r"Datadog-Python.*", "pip install datadog-lambda"),
    (r"Datadog-Node.*", "npm install datadog-lambda-js dd-trace"),
    (r"SentryPythonServerlessSDK", "pip install sentry-sdk"),
    (r"SentryNodeServerlessSDK.*", "npm install @sentry/aws-serverless"),
    (r"NewRelicPython.*", "pip install newrelic"),
    (r"NewRelicNodeJS.*", "npm install newrelic"),
    (r"(?i)(?:aws-)?psycopg2.*", "pip install psycopg2-binary"),
    (
        r"(?i)(?P<package>requests|numpy|pandas|pillow|pyjwt|redis|pymysql|openai)(?:[-_]?layer)?",
        "pip install {package}",
    ),
    (r"LambdaInsightsExtension.*", "nothing replaces its metrics here, and no code needs it"),
    (
        r"AWS-Parameters-and-Secrets-Lambda-Extension.*",
        "its port 2773 is not served; use the SDK",
    ),
    (r"AWS-AppConfig-Extension.*", "its port 2772 is not served"),
    (r"LambdaAdapterLayer.*", "web frameworks behind an adapter are not run"),
)


def replacement_of(arn: str) -> str | None:
    """Returns what replaces the layer of an ARN, such as `pip install awswrangler`; None for an unknown layer."""
    parts = arn.split(":")
    name = parts[6] if len(parts) > 6 else ""
    for pattern, instead in REPLACEMENTS:
        if match := re.fullmatch(pattern, name):
            return instead.format(**match.groupdict())
    return None

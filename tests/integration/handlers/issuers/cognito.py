"""Signs a user in at moto or at cognito-local (`cognito.py COMMAND...`, `PORT` is filled in) and prints her tokens."""

import json
import os
import socket
import subprocess
import sys
import time

import boto3

USER, PASSWORD = "alice@example.com", "Passw0rd!Passw0rd"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def wait_for(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return


def sign_in(url: str) -> tuple[str, str, dict[str, str]]:
    """Returns the pool, the client and the answer of AWS's API, with its names."""
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": "us-east-1"}
    cognito = boto3.client("cognito-idp", endpoint_url=url, **keys)
    pool = cognito.create_user_pool(PoolName="people")["UserPool"]["Id"]
    flows = {"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="page", **flows)["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool, Username=USER, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=USER, Password=PASSWORD, Permanent=True)
    answer = cognito.initiate_auth(
        ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": USER, "PASSWORD": PASSWORD}
    )
    [subject] = [
        attribute["Value"]
        for attribute in cognito.admin_get_user(UserPoolId=pool, Username=USER)["UserAttributes"]
        if attribute["Name"] == "sub"
    ]
    return pool, client, answer["AuthenticationResult"] | {"Subject": subject}


def main(command: list[str]) -> None:
    """Runs the issuer until standard input ends."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    arguments = [argument.replace("PORT", str(port)) for argument in command]
    with subprocess.Popen(arguments, env=os.environ | {"PORT": str(port)}, stdout=sys.stderr) as issuer:
        try:
            wait_for(port)
            pool, client, tokens = sign_in(url)
            # moto names AWS's host as the issuer of its tokens; cognito-local names localhost, whatever the address.
            host = "https://cognito-idp.us-east-1.amazonaws.com" if "moto" in command[0] else f"http://localhost:{port}"
            keys_url = f"{url}/{pool}/.well-known/jwks.json"
            found = {
                "parameters": {"JwtIssuer": f"{host}/{pool}", "JwksUrl": keys_url, "JwtAudience": client},
                "user": tokens["Subject"],
                "access": tokens["AccessToken"],
                "refused": {"wrong_token_kind": tokens["IdToken"]},
            }
            print(json.dumps(found), flush=True)
            sys.stdin.read()
        finally:
            issuer.terminate()


if __name__ == "__main__":
    main(sys.argv[1:])

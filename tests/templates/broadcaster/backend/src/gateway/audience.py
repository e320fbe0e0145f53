"""Everyone in the hall: one table, one session, and a wrapper that remembers its clients."""

import os
from concurrent.futures import ThreadPoolExecutor

import boto3

session = boto3.Session()
table = session.resource("dynamodb").Table(os.environ["AUDIENCE"])


class Gateway:
    """The management API of one stage."""

    def __init__(self, stage):
        host = f"{os.environ['API_ID']}.execute-api.{session.region_name}.amazonaws.com"
        self.client = session.client("apigatewaymanagementapi", endpoint_url=f"https://{host}/{stage}")

    def send(self, connection_id, text):
        try:
            self.client.post_to_connection(ConnectionId=connection_id, Data=text.encode())
        except self.client.exceptions.GoneException:
            table.delete_item(Key={"id": connection_id})

    def broadcast(self, text):
        rows = table.scan()["Items"]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda row: self.send(row["id"], text), rows))

    def close(self, connection_id):
        self.client.delete_connection(ConnectionId=connection_id)

"""What takes deliveries - a bucket, a topic, a sender that SES knows - and what arrived there."""

from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends
from moto.sns.models import sns_backends

import account

BUCKET = "acme-reports"
TOPIC = "reports.fifo"
SENDER = "example.com"


def create(endpoint, objects=None):
    """Makes them, and objects by key; answers with the ARN of the topic."""
    s3 = account.client(endpoint, "s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": account.REGION})
    for key, text in (objects or {}).items():
        s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())
    account.client(endpoint, "ses").verify_domain_identity(Domain=SENDER)
    topic = account.client(endpoint, "sns").create_topic(Name=TOPIC, Attributes={"FifoTopic": "true"})
    return {"topic": topic["TopicArn"]}


def delivered(endpoint):
    """Every object with its text and type, every message of the topic, every mail."""
    s3 = account.client(endpoint, "s3")
    objects = {}
    for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        found = s3.get_object(Bucket=BUCKET, Key=entry["Key"])
        text = found["Body"].read().decode()
        objects[entry["Key"]] = {"text": text, "type": found["ContentType"]}
    topics = sns_backends[DEFAULT_ACCOUNT_ID][account.REGION].topics.values()
    messages = [
        {"message": message, "subject": subject, "group": group}
        for topic in topics
        for (_, message, subject, _, group) in topic.sent_notifications
    ]
    mails = [
        {"from": mail.source, "to": mail.destinations, "subject": mail.subject, "text": mail.body}
        for mail in ses_backends[DEFAULT_ACCOUNT_ID][account.REGION].sent_messages
    ]
    return {"objects": objects, "messages": messages, "mails": mails}

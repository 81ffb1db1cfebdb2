//! The brief to the subscribers of a topic.

use aws_sdk_sns::Client;

use super::{Attempts, Courier, MESSAGE, trouble};
use crate::deliver::{Destination, Parcel, Receipt, Topic, Trouble, subject, text};

/// Publishes. A FIFO topic drops what it was given twice within five minutes; others cannot tell.
pub(super) async fn deliver(
    courier: &Courier,
    destination: &Destination,
    topic: &Topic,
    parcel: &Parcel,
) -> Result<Receipt, Trouble> {
    let config = courier.config(destination, &topic.access, MESSAGE).await?;
    let attempts = Attempts::default();
    let service = aws_sdk_sns::config::Builder::from(&config).interceptor(attempts.clone());
    let client = Client::from_conf(service.build());
    let message = text(parcel, destination.page(parcel).as_deref());
    let mut request = client.publish().topic_arn(&topic.arn).subject(subject(parcel)).message(message);
    if topic.is_fifo() {
        request =
            request.message_group_id(&parcel.shelf).message_deduplication_id(parcel.idempotency_key(&destination.name));
    }
    match request.send().await {
        Ok(answer) => Ok(Receipt { id: answer.message_id, ..destination.receipt(attempts.count()) }),
        Err(error) => Err(trouble(&error, "sns:Publish", attempts.count(), destination)),
    }
}

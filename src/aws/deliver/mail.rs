//! The brief as a mail, through SES; the HTML page goes along where that is wanted and it is not too large.

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::BuildError;
use aws_sdk_sesv2::primitives::Blob;
use aws_sdk_sesv2::types::{Attachment, Body, Content, Destination as Receivers, EmailContent, Message};

use super::{Attempts, Courier, MESSAGE, trouble};
use crate::deliver::{Destination, Mail, Parcel, Receipt, Trouble, subject, text};

/// Larger pages stay at home: many receivers take no mail of more.
const MOST_ATTACHED: usize = 10_000_000;

/// Sends.
pub(super) async fn deliver(
    courier: &Courier,
    destination: &Destination,
    mail: &Mail,
    parcel: &Parcel,
) -> Result<Receipt, Trouble> {
    let config = courier.config(destination, &mail.access, MESSAGE).await?;
    let attempts = Attempts::default();
    let service = aws_sdk_sesv2::config::Builder::from(&config).interceptor(attempts.clone());
    let client = Client::from_conf(service.build());
    let (attached, note) = if mail.attach { attachment(parcel) } else { (None, None) };
    let written = text(parcel, destination.page(parcel).as_deref());
    let message = message(&subject(parcel), &written, attached).map_err(|error| Trouble {
        why: format!("the mail cannot be written: {error}"),
        attempts: 0,
        way_out: "this is a defect".to_owned(),
    })?;
    let receivers = Receivers::builder().set_to_addresses(Some(mail.to.clone())).build();
    let content = EmailContent::builder().simple(message).build();
    match client.send_email().from_email_address(&mail.from).destination(receivers).content(content).send().await {
        Ok(answer) => Ok(Receipt {
            id: answer.message_id,
            notes: note.into_iter().collect(),
            ..destination.receipt(attempts.count())
        }),
        Err(error) => Err(trouble(&error, "ses:SendEmail", attempts.count(), destination)),
    }
}

fn message(subject: &str, text: &str, attached: Option<(String, Vec<u8>)>) -> Result<Message, BuildError> {
    let utf8 = |data: &str| Content::builder().data(data).charset("UTF-8").build();
    let body = Body::builder().text(utf8(text)?).build();
    let attached = attached.map(|(name, bytes)| {
        Attachment::builder().raw_content(Blob::new(bytes)).file_name(name).content_type("text/html").build()
    });
    let attached = attached.transpose()?.map(|attached| vec![attached]);
    Ok(Message::builder().subject(utf8(subject)?).body(body).set_attachments(attached).build())
}

/// The HTML page, or why it does not go along.
fn attachment(parcel: &Parcel) -> (Option<(String, Vec<u8>)>, Option<String>) {
    let html = parcel.page().filter(|file| file.content_type.starts_with("text/html"));
    match html {
        Some(page) if page.bytes.len() < MOST_ATTACHED => (Some((page.name.clone(), page.bytes.clone())), None),
        Some(page) => (None, Some(format!("{} is too large for a mail ({} bytes)", page.name, page.bytes.len()))),
        None => (None, Some("nothing was attached: there is no HTML page".to_owned())),
    }
}

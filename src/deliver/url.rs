//! Addresses: of webhooks, which are secrets, and of the files, which are not.

use std::fmt;
use std::net::IpAddr;

use http::Uri;

use super::Secret;

/// An address of a webhook. Its path often is the only secret there is, so that only the host is ever shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    address: Secret,
    host: String,
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({})", self.host)
    }
}

impl Url {
    /// Reads an address.
    ///
    /// # Errors
    /// When nothing may be sent there; the reason does not quote it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let uri: Uri = text.parse().map_err(|_| "it is not an address such as https://host/path")?;
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host().filter(|host| !host.is_empty())) else {
            return Err("it is not an address such as https://host/path");
        };
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err("it has a user or password in it, which would not be sent");
        }
        match scheme {
            "https" => {}
            "http" if is_loopback(host) => {}
            "http" => return Err("it is not encrypted: use https (http is for this machine only)"),
            _ => return Err("it is neither https nor http"),
        }
        let host = uri.authority().map_or(host, http::uri::Authority::as_str).to_owned();
        Ok(Self { address: Secret::new(text), host })
    }

    /// The host, with its port.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The whole address, for the one place that asks there.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.address.expose()
    }

    /// The address with one more part at the end of its path.
    #[must_use]
    pub fn below(&self, part: &str) -> Self {
        let whole = self.expose();
        let whole = whole.split_once('#').map_or(whole, |(address, _)| address);
        let (path, query) = whole.split_once('?').map_or((whole, None), |(path, query)| (path, Some(query)));
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let address = Secret::new(format!("{}/{part}{query}", path.trim_end_matches('/')));
        Self { address, host: self.host.clone() }
    }

    /// Whether `text` gives something of the address away.
    pub(super) fn is_told_by(&self, text: &str) -> bool {
        let rest = self.expose().split_once(&self.host).map_or(self.expose(), |(_, rest)| rest);
        rest.contains(text) || rest.split(['/', '?', '&', '=', '#']).any(|part| part.len() > 3 && text.contains(part))
    }
}

/// Whether a host is this machine.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// An address under which people read the files; it is written into messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link(String);

impl Link {
    /// Reads an address that file names can follow.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let uri: Uri = text.parse().map_err(|_| "it is not an address such as https://host/path")?;
        let web = matches!(uri.scheme_str(), Some("https" | "http")) && uri.host().is_some_and(|host| !host.is_empty());
        if !web || text.contains(['@', '#']) || uri.query().is_some() {
            return Err("it is not an address such as https://host/path that the names of files can follow");
        }
        // Characters that end a link in Slack's markup or in plain text.
        if text.contains(|c: char| c.is_whitespace() || c.is_control() || "|<>\"'`{}\\^".contains(c)) {
            return Err("it has characters that do not belong in a link");
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }

    /// The address of a file below it.
    #[must_use]
    pub fn to(&self, file: &str) -> String {
        format!("{}/{file}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_spoken_to_in_clear_text() {
        for good in [
            "https://hooks.example/services/T0/B0/x",
            "https://hooks.example:8443?key=1",
            "http://127.0.0.1:9/x",
            "http://[::1]/x",
            "http://localhost:8000",
        ] {
            assert!(Url::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "hooks.example/x",
            "/x",
            "ftp://hooks.example/x",
            "https:///x",
            "https://user:hush@hooks.example/x",
            "http://hooks.example/hush",
            "http://127.0.0.1.hooks.example/hush",
            "http://localhost.hooks.example/hush",
            "https://hooks.example/a b",
            "https://hooks.example/\u{1b}hush",
        ] {
            let why = Url::parse(bad).expect_err(bad);
            assert!(!why.contains("hush"), "{why}");
        }
    }

    #[test]
    fn only_the_host_of_an_address_is_shown() {
        let url = Url::parse("https://hooks.example:8443/services/hush?key=hush").expect("an address");
        assert_eq!(format!("{url:?}"), "Url(hooks.example:8443)");
        assert!(url.is_told_by("services") && url.is_told_by("hush") && !url.is_told_by("no_service"));
    }

    #[test]
    fn a_part_goes_before_the_query() {
        let below = |address: &str| Url::parse(address).expect("an address").below("fail").expose().to_owned();
        assert_eq!(below("https://ping.example/id"), "https://ping.example/id/fail");
        assert_eq!(below("https://ping.example/id/?rid=1"), "https://ping.example/id/fail?rid=1");
        assert_eq!(below("https://ping.example"), "https://ping.example/fail");
    }

    #[test]
    fn names_of_files_follow_a_link() {
        let link = Link::parse("https://reports.example/bartizan/").expect("a link");
        assert_eq!(link.to("a/b.html"), "https://reports.example/bartizan/a/b.html");
        for bad in
            ["reports", "s3://bucket", "https://x/?a", "https://x/#a", "https://u@x/", "https://x/a|b", "https://"]
        {
            assert!(Link::parse(bad).is_err(), "{bad}");
        }
    }
}

//! Headers of the caller's own.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::config_error::{ConfigError, ConfigErrorKind};

/// Words in the names of headers whose values are secrets.
const SECRET: [&str; 9] = [
    "auth",
    "cookie",
    "credential",
    "key",
    "passw",
    "secret",
    "session",
    "signature",
    "token",
];

/// Puts a header in place of what had its name; a secret is marked as one, so that nothing prints
/// it.
///
/// # Errors
///
/// If the name or the value is none that HTTP can carry. The value is not shown.
pub(crate) fn put<N, V>(headers: &mut HeaderMap, name: N, value: V) -> Result<(), ConfigError>
where
    N: TryInto<HeaderName>,
    V: TryInto<HeaderValue>,
{
    let Ok(name) = name.try_into() else {
        let message = "a header's name is not valid: letters, digits and dashes".to_owned();
        return Err(ConfigError::new(ConfigErrorKind::Header, message));
    };
    let Ok(mut value) = value.try_into() else {
        let message = format!("the value of the header {name} has a character no header can carry");
        return Err(ConfigError::new(ConfigErrorKind::Header, message));
    };
    if SECRET.iter().any(|word| name.as_str().contains(word)) {
        value.set_sensitive(true);
    }
    headers.insert(name, value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_secret_is_never_printed() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("x-api-key", "sk-hidden"),
            ("Cookie", "id=sk-hidden"),
            ("cf-access-client-secret", "sk-hidden"),
            ("x-team", "art"),
        ] {
            put(&mut headers, name, value).unwrap();
        }
        let shown = format!("{headers:?}");
        assert!(
            !shown.contains("sk-hidden") && shown.contains("art"),
            "{shown}"
        );
    }

    #[test]
    fn a_header_that_cannot_be_sent_is_refused_without_its_value() {
        let mut headers = HeaderMap::new();
        let error = put(&mut headers, "x-team", "sk-\u{7}").unwrap_err();
        insta::assert_snapshot!(error, @"the value of the header x-team has a character no header can carry");
        let error = put(&mut headers, "x team", "a").unwrap_err();
        insta::assert_snapshot!(error, @"a header's name is not valid: letters, digits and dashes");
    }
}

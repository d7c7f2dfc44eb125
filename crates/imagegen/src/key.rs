//! The bearer key.

use std::fmt;

use reqwest::header::HeaderValue;

use crate::ConfigError;

/// A bearer key. It prints as `ApiKey(..)` wherever it is printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Takes a key; white space around it, as a file's last line break, is dropped.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into().trim().to_owned())
    }

    /// The `Authorization` header, marked sensitive.
    pub(crate) fn header(&self) -> Result<HeaderValue, ConfigError> {
        if self.0.is_empty() {
            return Err(ConfigError::new("the API key is empty".to_owned()));
        }
        let mut header = HeaderValue::from_str(&format!("Bearer {}", self.0)).map_err(|_| {
            ConfigError::new("the API key has a character that no header can carry".to_owned())
        })?;
        header.set_sensitive(true);
        Ok(header)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(..)")
    }
}

impl From<String> for ApiKey {
    fn from(key: String) -> Self {
        Self::new(key)
    }
}

impl From<&str> for ApiKey {
    fn from(key: &str) -> Self {
        Self::new(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_never_prints() {
        let key = ApiKey::from("sk-example-key\n");
        assert_eq!(format!("{key:?}"), "ApiKey(..)");
        let header = key.header().unwrap();
        assert_eq!(header.as_bytes(), b"Bearer sk-example-key");
        assert_eq!(format!("{header:?}"), "Sensitive");
    }

    #[test]
    fn a_key_that_no_header_carries_is_refused_without_showing_it() {
        for key in ["", "sk-\u{7}bell", "sk-钥匙\n2"] {
            if let Err(error) = ApiKey::from(key).header() {
                assert!(!error.to_string().contains("sk-"), "{error}");
            }
        }
        assert!(ApiKey::from("").header().is_err());
        assert!(ApiKey::from("a\u{7}b").header().is_err());
    }
}

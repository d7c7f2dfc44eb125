//! From flags, environment and key file to a client.

use std::path::Path;
use std::time::Duration;

use imagegen::error::ConfigErrorKind;
use imagegen::{Client, ModelTable, Provider, ValidationPolicy};
use imagegen_emulator::Emulator;

use crate::args::{Check, Global, ProviderName, Table, Validation};
use crate::failure::{Exit, Failure};
use crate::inputs::text_of_file;
use crate::mask::Mask;
use crate::output::Output;
use crate::text::io_text;

/// How long a call takes at most where nobody says otherwise, as in the library.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);
/// The longest key file.
const LONGEST_KEY: u64 = 64 * 1024;
/// The longest file of a model table.
const LONGEST_TABLE: u64 = 16 * 1024 * 1024;

/// A client, and what it takes to keep it.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) client: Client,
    /// The emulator the client talks to; it stops when this is dropped.
    pub(crate) emulator: Option<Emulator>,
}

/// A setting and the flag or variable it came from.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) value: String,
    pub(crate) origin: String,
}

/// Where requests go and with which key, as far as flags and environment say.
#[derive(Debug)]
pub(crate) struct Endpoint {
    provider: ProviderName,
    base_url: Option<Setting>,
    key: Option<Setting>,
}

/// What requests are held to.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) policy: ValidationPolicy,
    pub(crate) table: ModelTable,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            policy: ValidationPolicy::Enforce,
            table: ModelTable::builtin().clone(),
        }
    }
}

impl Setting {
    fn new(value: impl Into<String>, origin: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            origin: origin.into(),
        }
    }
}

/// The key of calls that need none.
fn dummy_key() -> Setting {
    Setting::new("no-key-needed", "this command")
}

impl Endpoint {
    /// Reads flags, environment and key file; what is missing is told by whoever needs it.
    ///
    /// # Errors
    ///
    /// If the key file cannot be read, or a vendor's key would go to somebody else.
    pub(crate) fn read(global: &Global, output: &Output) -> Result<Self, Failure> {
        let provider = global.provider;
        let base_url = match &global.base_url {
            Some(url) => Some(Setting::new(url, "--base-url")),
            None => first_of(provider.base_url_variables()),
        };
        let key = match &global.api_key_file {
            Some(path) => Some(key_file(path, output)?),
            None => first_of(provider.key_variables()),
        };
        if let (Some(base), Some(key)) = (&base_url, &key)
            && base.origin == "IMAGEGEN_BASE_URL"
            && matches!(key.origin.as_str(), "OPENAI_API_KEY" | "ARK_API_KEY")
        {
            return Err(Failure::misuse(format!(
                "{} is not sent to the host in IMAGEGEN_BASE_URL: set IMAGEGEN_API_KEY for it, or unset it to call {} itself",
                key.origin,
                provider.vendor(),
            )));
        }
        let key = key.map(|key| Setting::new(bare_key(&key.value), key.origin));
        Ok(Self {
            provider,
            base_url,
            key,
        })
    }

    /// The base URL, or the sentence that says how to give one.
    pub(crate) fn base_url(&self) -> Result<Setting, Failure> {
        if let Some(base_url) = &self.base_url {
            return Ok(base_url.clone());
        }
        if let Some(own) = self.provider.provider().base_url() {
            return Ok(Setting::new(own, "the vendor's own"));
        }
        let mut message =
            "no base URL: give --base-url or set IMAGEGEN_BASE_URL; --emulator works without"
                .to_owned();
        for (variable, flag) in [("OPENAI_API_KEY", "openai"), ("ARK_API_KEY", "ark")] {
            if variable_set(variable).is_some() {
                message += &format!("; {variable} is set, so --provider {flag} works too");
            }
        }
        Err(Failure::misuse(message))
    }

    /// The key, or the sentence that says how to give one.
    pub(crate) fn key(&self) -> Result<Setting, Failure> {
        self.key.clone().ok_or_else(|| {
            Failure::misuse(format!(
                "no API key: set {} or give --api-key-file; --emulator works without",
                self.provider.key_variables().join(" or "),
            ))
        })
    }
}

/// Makes the client of a call; with `--emulator` starts what it talks to.
pub(crate) async fn connect(
    global: &Global,
    rules: Rules,
    output: &Output,
) -> Result<Connection, Failure> {
    if global.emulator {
        let emulator = start_emulator(global, rules.table.clone()).await?;
        let base_url = Setting::new(emulator.url(), "--emulator");
        let client = client(global, rules, &base_url, &dummy_key())?;
        return Ok(Connection {
            client,
            emulator: Some(emulator),
        });
    }
    let endpoint = Endpoint::read(global, output)?;
    let base_url = endpoint.base_url()?;
    let key = endpoint.key()?;
    hide(global, &key, output);
    let client = client(global, rules, &base_url, &key)?;
    warn_of_plain_http(&client, output);
    Ok(Connection {
        client,
        emulator: None,
    })
}

/// Makes the client of a dry run, which needs no key and starts nothing.
pub(crate) fn connect_dry(
    global: &Global,
    rules: Rules,
    output: &Output,
) -> Result<Client, Failure> {
    if global.emulator {
        return connect_nowhere(global, rules);
    }
    let endpoint = Endpoint::read(global, output)?;
    let key = endpoint.key().unwrap_or_else(|_| dummy_key());
    hide(global, &key, output);
    client(global, rules, &endpoint.base_url()?, &key)
}

/// Shows nothing of the key, or of what headers of one's own carry, whoever repeats it.
fn hide(global: &Global, key: &Setting, output: &Output) {
    let mut mask = Mask::default();
    let headers = global.headers.iter().map(|(_, value)| value.as_str());
    mask.add(headers.chain([key.value.as_str()]));
    output.hide(mask);
}

/// Makes a client that only checks requests.
pub(crate) fn connect_nowhere(global: &Global, rules: Rules) -> Result<Client, Failure> {
    // The emulator's port is only chosen when it starts.
    let base_url = Setting::new("http://127.0.0.1:0", "--emulator");
    client(global, rules, &base_url, &dummy_key())
}

fn client(
    global: &Global,
    rules: Rules,
    base_url: &Setting,
    key: &Setting,
) -> Result<Client, Failure> {
    let mut builder = Client::builder()
        .provider(global.provider.provider())
        .base_url(base_url.value.as_str())
        .api_key(key.value.as_str())
        .validation(rules.policy)
        .model_table(rules.table);
    for (name, value) in provider_headers(global.provider) {
        builder = builder.header(name, value);
    }
    for (name, value) in &global.headers {
        builder = builder.header(name.as_str(), value.as_str());
    }
    if let Some(limit) = global.timeout {
        // Short of the whole, so that a host that does not answer is told from an answer that
        // does not come.
        let connect = limit.mul_f64(0.9).min(Duration::from_secs(15));
        builder = builder.timeout(limit).connect_timeout(connect);
    }
    builder.build().map_err(|error| {
        let origin = match error.kind() {
            ConfigErrorKind::ApiKey => &key.origin,
            ConfigErrorKind::Header => "--header",
            _ => &base_url.origin,
        };
        Failure::misuse(format!("{error} (from {origin})"))
    })
}

/// What a vendor's own clients say about whom a call is charged to.
fn provider_headers(provider: ProviderName) -> impl Iterator<Item = (&'static str, String)> {
    const OPENAI: [(&str, &str); 2] = [
        ("OPENAI_ORG_ID", "openai-organization"),
        ("OPENAI_PROJECT_ID", "openai-project"),
    ];
    let known: &[_] = match provider {
        ProviderName::Openai => &OPENAI,
        ProviderName::Gateway | ProviderName::Ark => &[],
    };
    known
        .iter()
        .filter_map(|(variable, header)| Some((*header, variable_set(variable)?)))
}

/// Starts the emulator on a free port, with the rules that requests are held to.
async fn start_emulator(global: &Global, table: ModelTable) -> Result<Emulator, Failure> {
    let mut builder = Emulator::builder().model_table(table);
    if let Some(fault) = global.emulator_fault {
        builder = builder.fault(fault);
    }
    builder.start().await.map_err(|error| {
        let message = format!("the emulator cannot start: {}", io_text(&error));
        Failure::new(Exit::Failed, "emulator", message)
    })
}

impl ProviderName {
    pub(crate) const fn provider(self) -> Provider {
        match self {
            Self::Gateway => Provider::Gateway,
            Self::Openai => Provider::OpenAi,
            Self::Ark => Provider::Ark,
        }
    }

    const fn vendor(self) -> &'static str {
        match self {
            Self::Gateway => "the gateway",
            Self::Openai => "OpenAI",
            Self::Ark => "Ark",
        }
    }

    const fn base_url_variables(self) -> &'static [&'static str] {
        match self {
            Self::Openai => &["IMAGEGEN_BASE_URL", "OPENAI_BASE_URL"],
            Self::Gateway | Self::Ark => &["IMAGEGEN_BASE_URL"],
        }
    }

    const fn key_variables(self) -> &'static [&'static str] {
        match self {
            Self::Gateway => &["IMAGEGEN_API_KEY"],
            Self::Openai => &["IMAGEGEN_API_KEY", "OPENAI_API_KEY"],
            Self::Ark => &["IMAGEGEN_API_KEY", "ARK_API_KEY"],
        }
    }
}

impl Check {
    pub(crate) fn rules(&self) -> Result<Rules, Failure> {
        let policy = match self.validation {
            _ if self.no_validate => ValidationPolicy::Off,
            Validation::Enforce => ValidationPolicy::Enforce,
            Validation::Warn => ValidationPolicy::Warn,
            Validation::Off => ValidationPolicy::Off,
        };
        let table = self.table.load()?;
        Ok(Rules { policy, table })
    }
}

impl Table {
    /// The built-in table, with the file's rows over it if there is one.
    pub(crate) fn load(&self) -> Result<ModelTable, Failure> {
        let Some(path) = &self.model_table else {
            return Ok(ModelTable::builtin().clone());
        };
        let text = text_of_file(path, LONGEST_TABLE)?;
        ModelTable::from_json(&text)
            .map_err(|error| Failure::misuse(format!("{}: {error}", path.display())))
    }
}

/// A key without what was copied along with it: quotes, and the word before it in the header.
fn bare_key(text: &str) -> &str {
    let text = text.trim().trim_matches(['"', '\'']);
    match text.split_once(' ') {
        Some((word, key)) if word.eq_ignore_ascii_case("bearer") => key.trim(),
        _ => text,
    }
}

/// A variable that is set to something.
pub(crate) fn variable_set(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?;
    let value = value.to_string_lossy().trim().to_owned();
    (!value.is_empty()).then_some(value)
}

fn first_of(names: &[&str]) -> Option<Setting> {
    names
        .iter()
        .find_map(|name| Some(Setting::new(variable_set(name)?, *name)))
}

fn key_file(path: &Path, output: &Output) -> Result<Setting, Failure> {
    let text = text_of_file(path, LONGEST_KEY)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if let Ok(metadata) = path.metadata() {
            let mode = metadata.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                output.warning(format_args!(
                    "others can read the key in {} (mode {mode:04o}): chmod 600 it",
                    path.display()
                ));
            }
        }
    }
    #[cfg(not(unix))]
    let _ = output;
    let value = text.trim().to_owned();
    if value.is_empty() {
        return Err(Failure::misuse(format!(
            "the key file {} is empty",
            path.display()
        )));
    }
    Ok(Setting::new(
        value,
        format!("--api-key-file {}", path.display()),
    ))
}

/// A key that goes to another machine in the clear is anybody's.
fn warn_of_plain_http(client: &Client, output: &Output) {
    // As the library has read it: however it was spelled, this is where requests go.
    let Some(rest) = client.base_url().strip_prefix("http://") else {
        return;
    };
    let authority = rest.split('/').next().unwrap_or_default();
    if !is_this_machine(authority) {
        output.warning(format_args!(
            "the key goes to {authority} unencrypted: the base URL begins with http://"
        ));
    }
}

fn is_this_machine(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_this_machine() {
        for authority in [
            "localhost",
            "localhost:80",
            "127.0.0.1:8787",
            "127.9.9.9",
            "[::1]:1",
            "[::1]",
        ] {
            assert!(is_this_machine(authority), "{authority}");
        }
        for authority in [
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "evil.example:80",
            "10.0.0.1",
            "[::2]",
        ] {
            assert!(!is_this_machine(authority), "{authority}");
        }
    }

    #[test]
    fn a_key_is_taken_out_of_what_stands_around_it() {
        for text in [
            "sk-1",
            " sk-1 ",
            "Bearer sk-1",
            "bearer  sk-1",
            "\"sk-1\"",
            "'Bearer sk-1'",
        ] {
            assert_eq!(bare_key(text), "sk-1", "{text}");
        }
        assert_eq!(bare_key("Bearer"), "Bearer");
    }
}

//! From flags, environment and key file to a client.

use std::path::Path;
use std::time::Duration;

use imagegen::error::ConfigErrorKind;
use imagegen::{Client, ModelTable, Provider, ValidationPolicy};
use imagegen_emulator::Emulator;

use crate::args::{Check, Global, ProviderName, Table, Validation};
use crate::failure::{Exit, Failure, io_text};
use crate::output::Output;

/// A client, and what it takes to keep and to describe it.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) client: Client,
    /// The emulator the client talks to; it stops when this is dropped.
    pub(crate) emulator: Option<Emulator>,
    /// The key, to keep it out of what a server says.
    pub(crate) key: String,
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
            key: dummy_key().value,
        });
    }
    let endpoint = Endpoint::read(global, output)?;
    let base_url = endpoint.base_url()?;
    let key = endpoint.key()?;
    warn_of_plain_http(&base_url.value, output);
    Ok(Connection {
        client: client(global, rules, &base_url, &key)?,
        emulator: None,
        key: key.value,
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
    client(global, rules, &endpoint.base_url()?, &key)
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
    if let Some(limit) = global.timeout {
        // Short of the whole, so that a host that does not answer is told from an answer that
        // does not come.
        let connect = limit.mul_f64(0.9).min(Duration::from_secs(15));
        builder = builder.timeout(limit).connect_timeout(connect);
    }
    builder.build().map_err(|error| {
        let origin = match error.kind() {
            ConfigErrorKind::ApiKey => &key.origin,
            _ => &base_url.origin,
        };
        Failure::misuse(format!("{error} (from {origin})"))
    })
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
        let text =
            std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
        ModelTable::from_json(&text)
            .map_err(|error| Failure::misuse(format!("{}: {error}", path.display())))
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
    let text =
        std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
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

fn warn_of_plain_http(base_url: &str, output: &Output) {
    let Some(rest) = base_url.strip_prefix("http://") else {
        return;
    };
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    let local = host == "localhost" || host.starts_with("127.") || rest.starts_with("[::1]");
    if !local {
        output.warning(format_args!(
            "the key goes to {host} unencrypted: the base URL begins with http://"
        ));
    }
}

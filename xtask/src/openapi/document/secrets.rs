//! Keys that somebody left in a document: found by their shape, by their place and by how random they are.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::place::Place;

/// What is written where a key was; nobody takes it for one.
const PLACEHOLDER: &str = "your-key";

/// Beginnings of keys whose issuer is known by them.
const PREFIXES: [&str; 22] = [
    "sk-",
    "sk_",
    "pk_",
    "rk_",
    "ak-",
    "ark-",
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xapp-",
    "hf_",
    "AKIA",
    "ASIA",
    "AKLT",
    "LTAI",
    "AIza",
    "eyJ",
];

/// Words that name the place of a key: a header, a parameter, a member.
const NAMES: [&str; 14] = [
    "authorization",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "accesstoken",
    "authtoken",
    "bearertoken",
    "clientsecret",
    "password",
    "secret",
    "cookie",
    "signature",
    "credential",
];

/// Beginnings of pictures in base64, which are long and random and no keys.
const PICTURES: [&str; 6] = ["iVBORw0", "/9j/", "R0lGOD", "UklGR", "PHN2Zy", "AAAA"];

/// A key that was found in a text, and how it was known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) line: usize,
    /// Never the key itself.
    pub(crate) why: String,
}

/// Replaces every key in a text that can be known without its structure.
pub(crate) fn replace(text: &str) -> (String, Vec<Found>) {
    let mut found = Vec::new();
    let mut clean = String::with_capacity(text.len());
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let mut rest = line;
        let mut before = String::new();
        while let Some(start) = rest.find(is_token_char) {
            let (gap, from) = rest.split_at(start);
            before.push_str(gap);
            clean.push_str(gap);
            let end = from.find(|c| !is_token_char(c)).unwrap_or(from.len());
            let (token, after) = from.split_at(end);
            let named = is_named(&before, gap);
            match reason(token, named) {
                Some(why) => {
                    clean.push_str(&placeholder(token));
                    found.push(Found {
                        line: index + 1,
                        why,
                    });
                }
                None => clean.push_str(token),
            }
            before.push_str(token);
            rest = after;
        }
        clean.push_str(rest);
    }
    (clean, found)
}

/// The values that are keys because of the place at which they stand.
pub(crate) fn in_places(document: &Value) -> BTreeMap<String, Place> {
    let mut found = BTreeMap::new();
    walk(document, &Place::default(), false, &mut found);
    found
}

fn walk(value: &Value, at: &Place, secret: bool, found: &mut BTreeMap<String, Place>) {
    match value {
        Value::Object(members) => {
            // A parameter or a header whose name says that it is a key: its examples are some.
            let is_parameter = members.contains_key("in")
                && members
                    .get("name")
                    .and_then(Value::as_str)
                    .is_some_and(is_secret_name);
            for (key, value) in members {
                let names_one = is_secret_name(key) && !value.is_object();
                let is_example = matches!(
                    key.as_str(),
                    "example" | "examples" | "default" | "const" | "enum" | "value" | "schema"
                );
                // Under the name of a property stands its schema.
                let inner = names_one
                    || (is_parameter || secret || is_secret_name(at.last())) && is_example;
                walk(value, &at.join(key), inner, found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &at.join(index), secret, found);
            }
        }
        Value::String(text) if secret => {
            for token in text.split_whitespace() {
                if is_key_by_place(token) {
                    found.insert(token.to_owned(), at.clone());
                }
            }
        }
        _ => {}
    }
}

/// What takes the place of a key.
pub(crate) fn placeholder(key: &str) -> String {
    let prefix = ["sk-", "sk_"]
        .into_iter()
        .find(|prefix| key.starts_with(prefix));
    format!("{}{PLACEHOLDER}", prefix.unwrap_or_default())
}

fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.+/=~".contains(c)
}

/// Whether what stands in front of a token says that it is a key: `Bearer `, `api_key=`, `-H "x-api-key: `.
fn is_named(before: &str, gap: &str) -> bool {
    let before = before.trim_end_matches(['"', '\'', ' ', ':', '=', '\\']);
    let word: String = before
        .chars()
        .rev()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_')
        .collect();
    let word: String = word.chars().rev().collect();
    let word = word.to_ascii_lowercase();
    let assigned = gap.contains([':', '=']);
    (word == "bearer" && gap.trim().is_empty())
        || assigned
            && is_secret_name(&word)
            && !["authorization", "cookie"].contains(&word.as_str())
}

fn is_secret_name(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    plain == "token" || NAMES.iter().any(|word| plain.ends_with(word))
}

/// Why a token in a text is a key; `None` if it is none.
fn reason(token: &str, named: bool) -> Option<String> {
    let token = token.trim_matches(['.', '/', '=', '~', '+']);
    if PICTURES.iter().any(|start| token.starts_with(start)) {
        return None;
    }
    let length = token.chars().count();
    let prefix = PREFIXES.iter().find(|prefix| token.starts_with(*prefix));
    if let Some(prefix) = prefix
        && length >= prefix.len() + 12
        && !is_placeholder(token)
    {
        return Some(format!("begins with {prefix} ({length} characters)"));
    }
    if named && is_key_by_place(token) {
        return Some(format!("stands where a key is sent ({length} characters)"));
    }
    // A path, an address or a name made of words is none, however long.
    let longest = token
        .split(['-', '_', '.', '/'])
        .max_by_key(|part| part.len())
        .unwrap_or_default();
    is_random(longest).then(|| format!("is random text ({length} characters)"))
}

/// Whether a value at the place of a key is one, rather than a word that stands for it.
fn is_key_by_place(token: &str) -> bool {
    let token = token.trim_matches(['"', '\'', ',', ';']);
    let is_template = token.contains(['<', '>', '{', '}', '$', '*', '\u{2026}']);
    token.len() >= 8
        && token.is_ascii()
        && !is_template
        && !is_placeholder(token)
        && !token.contains("//")
        && !["application/json", "multipart/form-data"].contains(&token)
}

/// `sk-your-key`, `YOUR_API_KEY`, `sk-xxxxxxxx`: words and fillings.
fn is_placeholder(token: &str) -> bool {
    token
        .split(['-', '_', '.', ' '])
        .filter(|part| !part.is_empty())
        .all(|part| {
            let is_word = part.len() <= 13
                && part.chars().all(|c| c.is_ascii_alphabetic())
                && (part.chars().all(|c| c.is_ascii_lowercase())
                    || part.chars().all(|c| c.is_ascii_uppercase())
                    || part.chars().skip(1).all(|c| c.is_ascii_lowercase()));
            let mut chars = part.chars();
            let first = chars.next();
            is_word || chars.all(|c| Some(c) == first)
        })
}

/// Whether a run of letters and digits is too random to be a word, a name or a number.
fn is_random(part: &str) -> bool {
    let count = |test: fn(&char) -> bool| part.chars().filter(test).count();
    let digits = count(char::is_ascii_digit);
    let (upper, lower) = (
        count(char::is_ascii_uppercase),
        count(char::is_ascii_lowercase),
    );
    let is_hex = part.chars().all(|c| c.is_ascii_hexdigit());
    let mixed = upper >= 3 && lower >= 3 && digits >= 2;
    let length = part.len();
    length <= 512
        && digits > 0
        && upper + lower > 0
        && (length >= 20 && mixed && entropy(part) > 3.5
            || length >= 32 && (is_hex || digits >= 4) && entropy(part) > 3.2)
}

/// Bits a character.
fn entropy(text: &str) -> f64 {
    let mut counts: BTreeMap<char, f64> = BTreeMap::new();
    for c in text.chars() {
        *counts.entry(c).or_default() += 1.0;
    }
    let length = text.len() as f64;
    counts
        .values()
        .map(|count| {
            let share = count / length;
            -share * share.log2()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Made here, so that no key stands in this file.
    fn key() -> String {
        let letters: Vec<char> = ('a'..='z').chain('A'..='Z').chain('0'..='9').collect();
        (0..48)
            .map(|index| letters[index * 37 % letters.len()])
            .collect()
    }

    #[test]
    fn keys_are_known_by_their_shape_wherever_they_stand() {
        for text in [
            format!("example: Bearer sk-{}", key()),
            format!(
                "description: 'curl -H \"Authorization: Bearer {}\" https://a.example'",
                &key()[..20]
            ),
            format!("# {}", key()),
            format!("a: https://a.example/?api_key={}&b=1", &key()[..16]),
            format!("\"x-api-key\": \"{}\"", &key()[..12]),
            "a: Bearer 0b0e2f6c-7d1f-4a55-9a7e-1f2d3c4b5a69".to_owned(),
            format!("key: AKLT{}", key()),
        ] {
            let (clean, found) = replace(&text);
            assert_eq!(found.len(), 1, "{text}");
            assert!(clean.contains(PLACEHOLDER), "{clean}");
            assert_eq!(replace(&clean), (clean.clone(), Vec::new()));
        }
    }

    #[test]
    fn what_only_looks_like_one_is_left_alone() {
        for text in [
            "Bearer sk-your-key",
            "api_key: YOUR_API_KEY",
            "Authorization: Bearer {{token}}",
            "model: doubao-seedream-4-0-250828 gpt-image-1.5-2025-12-16",
            "https://app.apifox.com/web/project/5443699/apis/api-386885375-run",
            "$ref: '#/components/schemas/SequentialImageGenerationOptions'",
            "b64_json: iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
            "maximum: 9223372036854775807",
            "max_tokens: 12345678",
            "Authorization: Bearer sk-xxxxxxxxxxxxxxxxxxxx",
        ] {
            assert_eq!(replace(text), (text.to_owned(), Vec::new()));
        }
    }

    #[test]
    fn a_value_at_the_place_of_a_key_is_one() {
        let document = json!({ "parameters": [
            { "name": "X-Api-Key", "in": "header", "schema": { "type": "string", "default": "hunter2hunter2" } },
            { "name": "Authorization", "in": "header", "example": "Bearer sk-your-key" },
            { "name": "Content-Type", "in": "header", "example": "application/json" },
        ], "example": { "password": "correct1horse", "max_tokens": "12345678" } });
        let found: Vec<String> = in_places(&document).into_keys().collect();
        assert_eq!(found, ["correct1horse", "hunter2hunter2"]);
    }
}

//! Whatever stands in the pipeline's sources, it becomes a document or an error.

use crate::openapi::{lower, overlay, yaml};

/// What parts the document from its overlay.
const BETWEEN: &str = "\n%%%\n";

/// A document in YAML and an overlay in YAML.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (document, overlay) = text.split_once(BETWEEN).unwrap_or((text, ""));
    let Ok(contract) = yaml::read(document) else {
        return;
    };
    let written = yaml::write(&contract).expect("JSON can be written");
    assert_eq!(yaml::read(&written).expect("it is YAML"), contract);
    let _ = lower::lower(&contract);
    if let Ok(merged) = overlay::merge(&contract, None, overlay) {
        let _ = lower::lower(&merged.contract);
    }
}

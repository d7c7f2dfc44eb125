//! The contract and the model table, held against each other.

use imagegen::ModelTable;

/// The ids in a contract that no row of the table has, by name.
fn without_a_row(contract: &[&str]) -> Vec<String> {
    let table = ModelTable::builtin();
    contract
        .iter()
        .filter(|id| table.row(id).is_none())
        .map(|id| (*id).to_owned())
        .collect()
}

#[test]
fn every_model_of_the_contract_has_a_row() {
    assert_eq!(without_a_row(imagegen_api::known::MODELS), [""; 0]);
}

#[test]
fn a_model_without_a_row_is_named() {
    assert_eq!(
        without_a_row(&["gpt-image-2", "gpt-image-9"]),
        ["gpt-image-9"]
    );
}

#[test]
fn every_model_of_the_gateways_own_document_has_a_row() {
    let document = include_str!("../../openapi/gateway.yaml");
    let ids: Vec<&str> = document
        .split(|c: char| !(c.is_ascii_alphanumeric() || "-.".contains(c)))
        .filter(|word| word.starts_with("gpt-image-") || word.starts_with("doubao-"))
        .collect();
    assert!(ids.len() >= 3, "{ids:?}");
    assert_eq!(without_a_row(&ids), [""; 0]);
}

/// Every word the contract lists for a parameter is a word some row takes.
#[test]
fn every_word_of_the_contract_is_in_the_table() {
    use imagegen::models::Values;
    use imagegen_api::known;

    let table = ModelTable::builtin();
    let taken = |name: &str, word: &str| {
        table.models().iter().any(|row| {
            let parameter = row
                .parameter(name, imagegen::Operation::Edit)
                .map(|parameter| &parameter.values);
            matches!(parameter, Some(Values::Words(words)) if words.iter().any(|w| w == word))
        })
    };
    for (name, words) in [
        ("quality", known::QUALITIES),
        ("background", known::BACKGROUNDS),
        ("output_format", known::OUTPUT_FORMATS),
        ("moderation", known::MODERATIONS),
        ("complexity", known::COMPLEXITIES),
        ("response_format", known::RESPONSE_FORMATS),
        ("input_fidelity", known::INPUT_FIDELITIES),
        (
            "sequential_image_generation",
            known::SEQUENTIAL_IMAGE_GENERATIONS,
        ),
    ] {
        for word in words {
            assert!(taken(name, word), "no row takes {name} {word}");
        }
    }
    for size in known::SIZES {
        let size = size.parse().unwrap();
        assert!(
            table.models().iter().any(|row| row.sizes.accepts(size)),
            "no row takes size {size}"
        );
    }
}

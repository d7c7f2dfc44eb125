//! The table this release was built with.

use std::sync::{Arc, LazyLock};

use super::alias::Alias;
use super::gpt_image::GptImageModel;
use super::seedream::SeedreamModel;
use super::spec::ModelSpec;
use super::table::ModelTable;

impl ModelTable {
    /// The table this release was built with.
    pub fn builtin() -> &'static Self {
        Self::shared()
    }

    /// The built-in table, for all clients together.
    pub(crate) fn shared() -> &'static Arc<Self> {
        static BUILTIN: LazyLock<Arc<ModelTable>> = LazyLock::new(|| {
            let mut models = GptImageModel::rows();
            models.extend(SeedreamModel::rows());
            Arc::new(ModelTable {
                models,
                aliases: Alias::builtin(),
                warnings: Vec::new(),
            })
        });
        &BUILTIN
    }
}

impl GptImageModel {
    /// The model's row in the built-in table, or `None` for an unknown id.
    pub fn spec(&self) -> Option<&'static ModelSpec> {
        ModelTable::builtin().get(self.as_str())
    }
}

impl SeedreamModel {
    /// The model's row in the built-in table, or `None` for an unknown id.
    pub fn spec(&self) -> Option<&'static ModelSpec> {
        ModelTable::builtin().get(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_parse_into_their_variant_and_print_back() {
        for model in GptImageModel::KNOWN {
            assert_eq!(&model.as_str().parse::<GptImageModel>().unwrap(), model);
            assert_eq!(model.spec().unwrap().id, model.as_str());
        }
        for model in SeedreamModel::KNOWN {
            assert_eq!(&model.as_str().parse::<SeedreamModel>().unwrap(), model);
            assert_eq!(model.spec().unwrap().id, model.as_str());
        }
    }

    #[test]
    fn other_ids_are_kept_as_they_are() {
        let model: SeedreamModel = "ep-20261101120000-abcde".parse().unwrap();
        assert!(matches!(model, SeedreamModel::Unknown(_)));
        assert_eq!(model.as_str(), "ep-20261101120000-abcde");
        assert!(model.spec().is_none());
        for bad in ["", " ", "gpt image"] {
            assert!(bad.parse::<GptImageModel>().is_err(), "{bad:?}");
        }
    }
}

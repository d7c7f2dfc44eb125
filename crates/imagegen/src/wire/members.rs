//! The members of answers and events that the contract, and the field, know.

use imagegen_api::types;

/// The texts that have a slot.
#[derive(Clone, Copy)]
pub(super) enum Text {
    B64Json,
    Background,
    Description,
    Model,
    Name,
    OutputFormat,
    Quality,
    RevisedPrompt,
    Size,
    Type,
    Url,
}

pub(super) const TEXTS: usize = Text::Url as usize + 1;

/// The numbers that have a slot.
#[derive(Clone, Copy)]
pub(super) enum Count {
    Created,
    Index,
    PartialImageIndex,
    ZIndex,
    // Those of usage come last.
    GeneratedImages,
    InputImages,
    InputImageTokens,
    InputTextTokens,
    InputTokens,
    OutputImageTokens,
    OutputTextTokens,
    OutputTokens,
    TotalTokens,
    WebSearches,
}

pub(super) const COUNTS: usize = Count::WebSearches as usize + 1;
pub(super) const USAGE_BEGINS: usize = Count::GeneratedImages as usize;

/// What a member is to be.
#[derive(Clone, Copy)]
pub(super) enum Member {
    Text(Text),
    Count(Count),
    /// May be below zero.
    Integer(Count),
    /// Unix seconds, or a timestamp as text.
    Time(Count),
    Usage,
    Details(Members),
    /// The list of the pictures.
    Items,
}

pub(super) type Members = &'static [(&'static str, Member)];

/// A document is an answer or an event, and either may be a picture itself.
pub(super) const DOCUMENT: Members = &[
    ("created", Member::Time(Count::Created)),
    ("data", Member::Items),
    ("usage", Member::Usage),
    ("model", Member::Text(Text::Model)),
    ("size", Member::Text(Text::Size)),
    ("quality", Member::Text(Text::Quality)),
    ("background", Member::Text(Text::Background)),
    ("output_format", Member::Text(Text::OutputFormat)),
    ("type", Member::Text(Text::Type)),
    ("b64_json", Member::Text(Text::B64Json)),
    ("url", Member::Text(Text::Url)),
    (
        "partial_image_index",
        Member::Count(Count::PartialImageIndex),
    ),
    ("image_index", Member::Count(Count::Index)),
    ("created_at", Member::Time(Count::Created)),
    ("revised_prompt", Member::Text(Text::RevisedPrompt)),
    ("index", Member::Count(Count::Index)),
];

pub(super) const ITEM: Members = &[
    ("url", Member::Text(Text::Url)),
    ("b64_json", Member::Text(Text::B64Json)),
    ("size", Member::Text(Text::Size)),
    ("revised_prompt", Member::Text(Text::RevisedPrompt)),
    ("background", Member::Text(Text::Background)),
    ("output_format", Member::Text(Text::OutputFormat)),
    ("z_index", Member::Integer(Count::ZIndex)),
    ("name", Member::Text(Text::Name)),
    ("description", Member::Text(Text::Description)),
];

/// OpenAI's members, Ark's, and those of chat, by which some gateways count.
pub(super) const USAGE: Members = &[
    ("input_tokens", Member::Count(Count::InputTokens)),
    ("output_tokens", Member::Count(Count::OutputTokens)),
    ("total_tokens", Member::Count(Count::TotalTokens)),
    ("input_tokens_details", Member::Details(INPUT)),
    ("output_tokens_details", Member::Details(OUTPUT)),
    ("generated_images", Member::Count(Count::GeneratedImages)),
    ("input_images", Member::Count(Count::InputImages)),
    ("tool_usage", Member::Details(TOOLS)),
    ("prompt_tokens", Member::Count(Count::InputTokens)),
    ("completion_tokens", Member::Count(Count::OutputTokens)),
    ("prompt_tokens_details", Member::Details(INPUT)),
    ("completion_tokens_details", Member::Details(OUTPUT)),
];

const INPUT: Members = &[
    ("text_tokens", Member::Count(Count::InputTextTokens)),
    ("image_tokens", Member::Count(Count::InputImageTokens)),
];

const OUTPUT: Members = &[
    ("text_tokens", Member::Count(Count::OutputTextTokens)),
    ("image_tokens", Member::Count(Count::OutputImageTokens)),
];

const TOOLS: Members = &[("web_search", Member::Count(Count::WebSearches))];

/// Names every member of the contract's answers: one that a new document adds does not compile
/// here until somebody gives it a slot above, or decides that it stays with the others.
#[allow(dead_code)]
fn every_member_is_decided(
    types::ImagesResponse {
        background: _,
        created: _,
        data: _,
        error: _,
        model: _,
        output_format: _,
        quality: _,
        size: _,
        tools: _,
        usage: _,
        extra: _,
    }: types::ImagesResponse,
    types::Image {
        b64_json: _,
        background: _,
        bounding_box: _,
        description: _,
        error: _,
        name: _,
        output_format: _,
        revised_prompt: _,
        size: _,
        url: _,
        z_index: _,
        extra: _,
    }: types::Image,
) {
}

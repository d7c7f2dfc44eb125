//! The catalogue of faults: what gateways, intermediaries and networks do to an answer.

use std::fmt;

use self::Billing::{Billed, Refused};

/// Whether a request that meets a fault counts as accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Billing {
    /// The pictures are made and paid for, whatever becomes of the answer.
    Billed,
    /// It is turned away before any work.
    Refused,
}

/// Spells the catalogue: the variant, its name, its row, whether it is billed, `Endless` where an
/// answer goes on until the client gives up, what it does.
macro_rules! faults {
    (@endless) => { false };
    (@endless Endless) => { true };
    ($($variant:ident = $name:literal, $row:literal, $billing:ident $($endless:ident)?, $about:literal;)*) => {
        /// One way in which an answer goes wrong.
        ///
        /// A fault is named in kebab-case. One that imitates the behaviour of a known gateway
        /// carries the row of the list of deviations it belongs to, `D1` to `D30`; the others are
        /// faults of the network, of vendors' services, or of a hostile server.
        ///
        /// A fault that cannot show on a request (a fault of streams on a plain call, say) leaves
        /// its answer honest.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Fault {
            $(#[doc = $about] $variant,)*
        }

        impl Fault {
            /// Every fault.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name, as a builder, a header or a command line spells it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What it does, in one sentence.
            pub const fn description(self) -> &'static str {
                match self {
                    $(Self::$variant => $about,)*
                }
            }

            const fn row_text(self) -> &'static str {
                match self {
                    $(Self::$variant => $row,)*
                }
            }

            const fn billing(self) -> Billing {
                match self {
                    $(Self::$variant => $billing,)*
                }
            }

            /// Whether an answer with it goes on until the client gives up.
            pub const fn is_endless(self) -> bool {
                match self {
                    $(Self::$variant => faults!(@endless $($endless)?),)*
                }
            }
        }
    };
}

faults! {
    ErrorIn200 = "error-in-200", "D1", Billed, "Status 200 with an error object as its body.";
    SuccessFalse = "success-false", "D2", Billed, "Status 200 with `{\"success\": false, \"message\": ..}`.";
    WhitespaceFirst = "whitespace-first", "D3", Billed, "White space trickles in before the JSON, to keep the line alive.";
    WhitespaceThenError = "whitespace-then-error", "D3", Billed, "White space fixes status 200, then the body turns out to be an error.";
    Informational102 = "informational-102", "D4", Billed, "Several `102 Processing` come before the answer.";
    Informational103 = "informational-103", "D4", Billed, "A `103 Early Hints` comes before the answer.";
    Html502 = "html-502", "D5", Billed, "A proxy's HTML page with status 502.";
    Html504 = "html-504", "D5", Billed, "A proxy's HTML page with status 504.";
    Html524 = "html-524", "D5", Billed, "A content network's HTML page with status 524.";
    Html200 = "html-200", "D5", Billed, "An HTML page with status 200.";
    HtmlMessage = "html-message", "D5", Billed, "Status 200 with an HTML page wrapped as `{\"html-message\": ..}`.";
    ErrorString = "error-string", "D6", Refused, "Status 400 whose `error` is a plain string.";
    ErrorMessageOnly = "error-message-only", "D6", Refused, "Status 400 with only `message` at the top.";
    ErrorMsg = "error-msg", "D6", Refused, "Status 400 with only `msg` and a numeric `code` at the top.";
    ErrorErrorMsg = "error-error-msg", "D6", Refused, "Status 400 with only `error_msg` at the top.";
    ErrorDetail = "error-detail", "D6", Refused, "Status 422 whose `detail` is a list of objects.";
    StatusFailure = "status-failure", "D6", Billed, "Status 500 with `{\"status\": \"failure\", \"message\": ..}`.";
    CodeNumber = "error-code-number", "D7", Refused, "An error whose `code` is a number and whose `type` is null.";
    CodeNull = "error-code-null", "D7", Refused, "An error whose `code` is null.";
    CodeEmpty = "error-code-empty", "D7", Refused, "An error whose `code` and `param` are empty strings.";
    CodeStatus = "error-code-status", "D7", Refused, "An error whose `code` and `param` are the status as text.";
    CreatedMissing = "created-missing", "D8", Billed, "No `created`.";
    CreatedNull = "created-null", "D8", Billed, "`created` is null.";
    CreatedZero = "created-zero", "D8", Billed, "`created` is 0.";
    CreatedString = "created-string", "D8", Billed, "`created` is a number in a string.";
    CreatedFloat = "created-float", "D8", Billed, "`created` has a fraction.";
    CreatedIso = "created-iso", "D8", Billed, "`created` is a date and time as text.";
    DataNull = "data-null", "D9", Billed, "`data` is null, though the pictures are billed.";
    DataMissing = "data-missing", "D9", Billed, "No `data`, though the pictures are billed.";
    DataEmpty = "data-empty", "D9", Billed, "`data` is an empty list, though the pictures are billed.";
    DataObject = "data-object", "D9", Billed, "`data` is one object instead of a list.";
    ItemNull = "item-null", "D10", Billed, "The last item has neither link nor bytes: both are null.";
    ItemEmpty = "item-empty", "D10", Billed, "The last item has neither link nor bytes: both are empty strings.";
    ItemError = "item-error", "D10", Billed, "The last item holds an error instead of a picture.";
    EmptyUrlBesideBytes = "empty-url-beside-bytes", "D11", Billed, "An empty `url` beside a full `b64_json`, or the other way round.";
    OtherDelivery = "other-delivery", "D11", Billed, "A link where bytes were asked for, or bytes where a link was.";
    WrongFormat = "wrong-format", "D11", Billed, "The file is of another format than asked for and stated.";
    AsyncTicket = "async-ticket", "D12", Billed, "`data[0].task_id` and a status instead of a picture; the result is polled.";
    AsyncTicketObject = "async-ticket-object", "D12", Billed, "`data.task_id` instead of a picture; the result is polled.";
    UrlArray = "url-array", "D13", Billed, "`url` is a list of strings.";
    DataUri = "data-uri", "D14", Billed, "`b64_json` begins with `data:image/..;base64,`.";
    DataStrings = "data-strings", "D15", Billed, "`data` is a list of bare strings.";
    UsageMissing = "usage-missing", "D16", Billed, "No `usage`.";
    UsageNull = "usage-null", "D16", Billed, "`usage` is null.";
    UsageZeros = "usage-zeros", "D16", Billed, "Every figure of `usage` is 0.";
    UsageChatKeys = "usage-chat-keys", "D16", Billed, "`usage` has the keys of a chat: prompt and completion.";
    UsageArkKeys = "usage-ark-keys", "D16", Billed, "`usage` has Seedream's keys, whatever the model.";
    UsageNoDetails = "usage-no-details", "D16", Billed, "`usage` has no details of its input.";
    UsageFractional = "usage-fractional", "D17", Billed, "Token counts have fractions.";
    ExtraKeys = "extra-keys", "D18", Billed, "Unknown keys at every level.";
    OtherModel = "other-model", "D18", Billed, "The answer names another model than the request.";
    SseUnasked = "sse-unasked", "D19", Billed, "Events although `stream` was not set.";
    JsonToStream = "json-to-stream", "D19", Billed, "JSON although `stream` was set.";
    StreamNoPartials = "stream-no-partials", "D19", Billed, "A stream without the previews that were asked for.";
    SsePings = "sse-pings", "D20", Billed, "Comments such as `: PING` between the events.";
    SseCrlf = "sse-crlf", "D20", Billed, "Events whose lines end in CR LF.";
    SseCr = "sse-cr", "D20", Billed, "Events whose lines end in CR alone.";
    SseNoEventLine = "sse-no-event-line", "D20", Billed, "Events without their `event:` line.";
    SseManyDataLines = "sse-many-data-lines", "D20", Billed, "Events whose JSON runs over several `data:` lines.";
    SseDone = "sse-done", "D20", Billed, "A last `data: [DONE]`, whether the vendor sends one or not.";
    SseNoDone = "sse-no-done", "D20", Billed, "No last `data: [DONE]`, whether the vendor sends one or not.";
    SseBareCompleted = "sse-bare-completed", "D20", Billed, "A completed event without size, quality, background and format.";
    StreamErrorEvent = "stream-error-event", "D21", Billed, "An event of type `error` ends the stream half-way.";
    StreamUpstreamError = "stream-upstream-error", "D21", Billed, "An event of type `upstream_error` ends the stream half-way.";
    StreamErrorKey = "stream-error-key", "D21", Billed, "An event of no type, with an `error` key, ends the stream half-way.";
    StreamPartialFailed = "stream-partial-failed", "D21", Billed, "Seedream's first picture fails and the others still come.";
    StreamNoCompleted = "stream-no-completed", "D22", Billed, "A stream that ends well, but without its completed event.";
    Truncated = "truncated", "D22", Billed, "The connection closes in the middle of the body.";
    RateLimitBare = "rate-limit-bare", "D23", Refused, "Status 429 without `Retry-After` and with an empty code.";
    RateLimitEmpty = "rate-limit-empty", "D23", Refused, "Status 429 with an empty body.";
    ClientError500 = "client-error-500", "D24", Refused, "A mistake of the caller comes as status 500.";
    ClientError503 = "client-error-503", "D24", Refused, "A model without a channel comes as status 503.";
    Everything502 = "everything-502", "D24", Billed, "Whatever the vendor said comes as status 502.";
    Moderation500 = "moderation-500", "D24", Refused, "A refusal by the content filter comes as status 500.";
    BadKey400 = "bad-key-400", "D24", Refused, "A bad key comes as status 400.";
    Status246 = "status-246", "D24", Billed, "Status 246 with a whole answer and the results of guard rails.";
    TypeText = "content-type-text", "D25", Billed, "The answer claims to be `text/plain`.";
    TypeOctets = "content-type-octets", "D25", Billed, "The answer claims to be `application/octet-stream`.";
    Bom = "bom", "D25", Billed, "A byte order mark before the body.";
    FieldsDropped = "fields-dropped", "D26", Billed, "All but the oldest few parameters are dropped without a word.";
    ResponseFormatRefused = "response-format-refused", "D27", Refused, "`response_format` is refused, if it is there.";
    StyleRefused = "style-refused", "D27", Refused, "`style` is refused, if it is there.";
    GroupRefused = "group-refused", "D27", Refused, "`sequential_image_generation` is refused, if it is there.";
    EarlyUrl404 = "early-url-404", "D28", Billed, "A link answers 404 the first two times.";
    ExpiredUrl = "expired-url", "D28", Billed, "A link has expired before anybody follows it.";
    MessageChinese = "message-chinese", "D29", Refused, "An error message in Chinese.";
    MessageMasked = "message-masked", "D29", Refused, "An error message whose hosts are masked by `***`.";
    MessageWrapped = "message-wrapped", "D29", Refused, "An error message wrapped by two proxies.";
    IdInMessage = "id-in-message", "D29", Refused, "The request id is in the error message only.";
    Silence = "silence", "D30", Billed Endless, "Nothing, until the client gives up.";
    CutWhileWaiting = "cut-while-waiting", "D30", Billed, "The connection closes while the client waits.";

    Delay = "delay", "", Billed, "The answer comes late.";
    SlowDrip = "slow-drip", "", Billed Endless, "The answer comes byte by byte, with pauses.";
    ResetDuringRequest = "reset-during-request", "", Refused, "The connection is reset while the request is sent.";
    ResetBeforeAnswer = "reset-before-answer", "", Billed, "The connection is reset once the request has arrived.";
    CloseBeforeAnswer = "close-before-answer", "", Billed, "The connection closes without an answer once the request has arrived.";
    ResetDuringAnswer = "reset-during-answer", "", Billed, "The connection is reset in the middle of the body.";
    HalfJson = "half-json", "", Billed, "A complete response whose JSON is cut in half.";
    HalfEvent = "half-event", "", Billed, "A complete stream whose last event is cut in half.";
    ModelRetired = "model-retired", "", Refused, "The vendor no longer serves the model.";
    Status408 = "status-408", "", Billed, "Status 408 without a body.";
    Status429 = "status-429", "", Refused, "The vendor's rate limit, with `Retry-After: 1`.";
    Status429Quota = "status-429-quota", "", Refused, "The vendor's money limit, which no waiting lifts.";
    Status500 = "status-500", "", Billed, "The vendor's internal error.";
    Status503 = "status-503", "", Refused, "The vendor is overloaded, with no word on when to come back.";
    RetryAfter503 = "retry-after-503", "", Refused, "Status 503 with `Retry-After: 1`.";
    RetryAfterMs = "retry-after-ms", "", Refused, "Status 429 with `retry-after-ms: 50` beside `Retry-After: 30`.";
    RetryAfterDate = "retry-after-date", "", Refused, "Status 429 with a date in `Retry-After`, a second from now.";
    RetryAfterLong = "retry-after-long", "", Refused, "Status 429 with `Retry-After: 3600`.";
    RetryAfterBad = "retry-after-bad", "", Refused, "Status 429 with a word in `Retry-After`.";
    RetryAfterHuge = "retry-after-huge", "", Refused, "Status 429 with an hour in `Retry-After` that no number holds.";
    ShouldRetry = "should-retry", "", Refused, "Status 500 with `x-should-retry: true`.";
    ShouldNotRetry = "should-not-retry", "", Refused, "Status 429 with `x-should-retry: false`.";
    ModerationInput = "moderation-input", "", Refused, "The vendor's content filter refuses the prompt.";
    ModerationOutput = "moderation-output", "", Billed, "The vendor's content filter refuses the picture.";
    Redirect307 = "redirect-307", "", Refused, "A redirect to the same path, which is served without a fault.";
    RedirectElsewhere = "redirect-elsewhere", "", Refused, "A redirect to another host name of this machine.";
    EndlessBody = "endless-body", "", Billed Endless, "A body whose base64 never ends.";
    EndlessPings = "endless-pings", "", Billed Endless, "White space, or comments of a stream, for ever.";
    EndlessHeaders = "endless-headers", "", Billed Endless, "Headers that never end.";
    HugeHeader = "huge-header", "", Billed, "One header of a million bytes.";
    DeepJson = "deep-json", "", Billed, "JSON nested a million deep.";
    CompressedBomb = "compressed-bomb", "", Billed Endless, "A gzip body of a few megabytes that unpacks to four gigabytes.";

    // Pictures that do not come, or not where a vendor puts them.
    PictureNull = "picture-null", "D10", Billed, "Every picture, of an answer or of an event, is null.";
    PictureEmpty = "picture-empty", "D10", Billed, "Every picture, of an answer or of an event, is an empty string.";
    PictureAbsent = "picture-absent", "D10", Billed, "No answer and no event has its picture.";
    Empty200 = "empty-200", "D2", Billed, "Status 200 with an empty body.";
    Status204 = "status-204", "D2", Billed, "Status 204.";
    Text200 = "text-200", "D2", Billed, "Status 200 with words in plain text.";
    RefusalText = "refusal-text", "D10", Billed, "Every item has words of the model in place of its picture.";
    ImagesMember = "images-member", "D15", Billed, "The pictures are in `images` instead of `data`.";
    OutputStrings = "output-strings", "D15", Billed, "The pictures are bare strings in `output`.";
    DataData = "data-data", "D15", Billed, "The pictures are in `data.data`.";
    DataImages = "data-images", "D15", Billed, "The pictures are in `data.images`.";
    BareList = "bare-list", "D15", Billed, "The answer is the list of its pictures.";
    ImageString = "image-string", "D15", Billed, "The first picture is a bare string in `image`.";
    ImageUrlObject = "image-url-object", "D15", Billed, "Each item has its picture in `image_url.url`, bytes as a data URI.";
    ImageBase64 = "image-base64", "D15", Billed, "Each item has its picture in `image_base64`, or `image`.";
    ChatMessage = "chat-message", "D15", Billed, "The pictures are Markdown in the message of a chat.";
    PictureBeside = "picture-beside", "D15", Billed, "Each item has a second picture in `layers` beside its own.";
    SecondDocument = "second-document", "D15", Billed, "Another JSON document stands before the answer.";
    DataTwice = "data-twice", "D15", Billed, "`data` comes twice: with its pictures, then empty.";
    RawPicture = "raw-picture", "D25", Billed, "The body is the picture itself.";
    Base64NoImage = "base64-no-image", "D14", Billed, "The base64 is of something that is no image.";
    Base64Half = "base64-half", "D14", Billed, "The base64 is of half a picture.";
    Base64Garbage = "base64-garbage", "D14", Billed, "The base64 is none.";
    PlusAsSpace = "plus-as-space", "D14", Billed, "The base64 has a space for every plus, as a form decoder leaves it.";
    LoneSurrogate = "lone-surrogate", "D18", Billed, "A text beside the pictures has half of a surrogate pair.";
    RawTab = "raw-tab", "D18", Billed, "A text beside the pictures has a tab that is not escaped.";
    BrokenUtf8 = "broken-utf-8", "D18", Billed, "A text beside the pictures has a byte that is not UTF-8.";
    NotANumber = "nan", "D18", Billed, "A number beside the pictures is `NaN`.";

    // Whole documents in broken framing, and cut ones.
    NoLastChunk = "no-last-chunk", "D22", Billed, "The answer is whole, and the connection closes without the last chunk.";
    LengthTooLong = "length-too-long", "D22", Billed, "The answer is whole, but shorter than its `Content-Length`.";
    ResetAfterAnswer = "reset-after-answer", "D22", Billed, "The answer is whole, and the connection is reset behind it.";
    LeftOpen = "left-open", "D22", Billed Endless, "The answer is whole, and never ends.";
    CutHead = "cut-head", "D22", Billed, "The connection closes after the first bytes of the answer.";
    CutPicture = "cut-picture", "D22", Billed, "The connection closes in the middle of the last picture.";
    CutTail = "cut-tail", "D22", Billed, "The connection closes before the last bytes of the answer, behind its pictures.";
    GzipUnasked = "gzip-unasked", "D25", Billed, "The answer is packed with gzip, whether asked for or not.";
    ManyHeaders = "many-headers", "D25", Billed, "The answer has more than a hundred headers.";
    HeaderSpace = "header-space", "D25", Billed, "A header of the answer has a space before its colon.";

    // Streams.
    CompletionPerPicture = "stream-completion-per-picture", "D20", Billed, "Every picture of a stream has a completed event, and one without a picture comes last.";
    ForeignCompleted = "stream-foreign-completed", "D20", Billed, "A completed event of something else comes before the picture's.";
    StreamProgress = "stream-progress", "D20", Billed, "Progress events with an empty `data` come before the pictures, which are in `data`.";
    StreamProgressWords = "stream-progress-words", "D21", Billed, "Progress events come before a refusal in words.";
    StreamTwice = "stream-twice", "D20", Billed, "Every picture of a stream comes twice.";
    StreamResponses = "stream-responses", "D20", Billed, "Events of the Responses API in place of the image API's.";
    StreamOnlyDone = "stream-only-done", "D22", Billed, "A stream of nothing but `data: [DONE]`.";
    StreamBrokenEvent = "stream-broken-event", "D20", Billed, "An event whose JSON is cut comes before the others.";
    StreamErrorWords = "stream-error-words", "D21", Billed, "An error event that is no JSON ends the stream half-way.";
    SsePingWords = "sse-ping-words", "D20", Billed, "Heartbeats that are no JSON, such as `data: ping`, between the events.";
    SseOneNewline = "sse-one-newline", "D20", Billed, "Events parted by one line break instead of an empty line.";

    // Links.
    LinkHtml = "link-html", "D28", Billed, "A link leads to an HTML page with status 200.";
    LinkJson = "link-json", "D28", Billed, "A link leads to a JSON error with status 200.";
    LinkLate = "link-202", "D28", Billed, "A link answers 202 the first two times.";
    LinkNoContent = "link-204", "D28", Billed, "A link answers 204.";
    LinkPart = "link-206", "D28", Billed, "A link answers 206 with the beginning of the picture.";
    LinkEmpty = "link-empty", "D28", Billed, "A link answers 200 with nothing.";
    LinkHalfPng = "link-half-png", "D28", Billed, "A link answers with half a PNG.";
    LinkHalfJpeg = "link-half-jpeg", "D28", Billed, "A link answers with half a JPEG.";
    LinkHalfWebp = "link-half-webp", "D28", Billed, "A link answers with half a WebP.";
    LinkGzip = "link-gzip", "D28", Billed, "A link answers with the picture in gzip, unasked.";
    LinkDelay = "link-delay", "D28", Billed, "A link answers late.";
    LinkDrip = "link-drip", "D28", Billed Endless, "A link answers byte by byte, with pauses.";
    LinkInside = "link-inside", "D28", Billed, "A link leads to an address that is not global.";
    LinkRelative = "link-relative", "D28", Billed, "A link has no host.";

    // Statuses that leave open whether the work was done.
    Html503 = "html-503", "D5", Billed, "A platform's HTML page with status 503.";
    Text503 = "text-503", "D5", Billed, "A proxy's words about a lost connection with status 503.";
    Upstream503 = "upstream-503", "D5", Billed, "An error of what lies behind the gateway with status 503.";
    Late503 = "late-503", "", Billed, "An API's own JSON error with status 503, more than a second late.";
    Empty503 = "empty-503", "", Refused, "Status 503 at once, without a body.";
    Html503RetryAfter = "html-503-retry-after", "", Refused, "A maintenance page with status 503 and `Retry-After: 1`.";
    Status409 = "status-409", "", Billed, "Status 409 with a JSON error.";
    Status424 = "status-424", "", Billed, "Status 424 with a JSON error.";
    Status499 = "status-499", "", Billed, "Status 499 of a proxy whose client went away.";
    Status502 = "status-502", "", Billed, "Status 502 without a body.";
    Status504 = "status-504", "", Billed, "Status 504 without a body.";
    Status520 = "status-520", "", Billed, "Status 520 of a content network: an answer it could not read.";
    Status521 = "status-521", "", Billed, "Status 521 of a content network: a server that is down.";
    Status522 = "status-522", "", Billed, "Status 522 of a content network: a connection that took too long.";
    Status523 = "status-523", "", Billed, "Status 523 of a content network: a server out of reach.";
    Status525 = "status-525", "", Billed, "Status 525 of a content network: a failed handshake.";
    Status526 = "status-526", "", Billed, "Status 526 of a content network: a certificate it does not trust.";
    Status527 = "status-527", "", Billed, "Status 527 of a content network: an interrupted tunnel.";
    RatePace = "rate-pace", "D23", Refused, "Status 429 without `Retry-After`, for all but two requests in a second and a half.";
    RateLimitArrears = "rate-limit-arrears", "D23", Refused, "Status 429 for an empty purse, told by a number and in Chinese.";

    // Reasons in bodies of another shape.
    ErrorsList = "error-errors-list", "D6", Refused, "Status 400 whose `errors` is a list.";
    ErrorInList = "error-in-list", "D6", Refused, "Status 400 whose body is a list of one error.";
    ErrorDetailObject = "error-detail-object", "D6", Refused, "Status 400 whose `detail` is an object.";
    ErrorDetailString = "error-detail-string", "D6", Refused, "Status 404 whose `detail` is a plain string.";
    ErrorCapital = "error-capital", "D6", Refused, "Status 400 with only `Message` at the top.";
    ErrorFault = "error-fault", "D6", Refused, "Status 400 with a `fault` that has a `faultstring`.";
    ErrorTitle = "error-title", "D6", Refused, "Status 400 with problem details: `title` and `detail`.";
    ErrorDescription = "error-description", "D6", Refused, "Status 400 with a code in `error` and words in `error_description`.";
    ErrorXml = "error-xml", "D6", Refused, "Status 403 with an XML error.";
    ErrorNested = "error-nested", "D6", Refused, "Status 400 whose message is the JSON of another error.";
    AzureFilterPrompt = "azure-filter-prompt", "D24", Refused, "Azure's content filter refuses the prompt, told in `innererror`.";
    AzureFilterPicture = "azure-filter-picture", "D24", Billed, "Azure's content filter refuses the picture, told in `innererror`.";
    Challenge403 = "challenge-403", "D24", Refused, "Status 403 with the page of a content network that wants a browser.";
    Blocked403 = "blocked-403", "D24", Refused, "Status 403 with the page of a content network that blocks the caller.";
    Redirect301 = "redirect-301", "", Refused, "Status 301 to another host.";
    Redirect308 = "redirect-308", "", Refused, "Status 308 to another host.";
}

impl Fault {
    /// The request header that names a fault for its own request.
    pub const HEADER: &'static str = "x-imagegen-fault";

    /// The row of the list of gateways' deviations it belongs to, such as `D5`.
    pub const fn row(self) -> Option<&'static str> {
        let row = self.row_text();
        if row.is_empty() { None } else { Some(row) }
    }

    /// Whether a request that meets it counts as accepted: what a client must not send twice.
    ///
    /// It decides what [`Emulator::accepted`](crate::Emulator::accepted) counts. A fault that
    /// leaves an answer honest leaves its request accepted too.
    pub const fn is_billed(self) -> bool {
        matches!(self.billing(), Billed)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_row_of_the_list_has_a_fault() {
        let rows: HashSet<_> = Fault::ALL.iter().filter_map(|fault| fault.row()).collect();
        for number in 1..=30 {
            assert!(rows.contains(format!("D{number}").as_str()), "D{number}");
        }
        assert_eq!(rows.len(), 30);
    }
}

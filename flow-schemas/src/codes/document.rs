//! Codes.
use super::codes;

codes! {
    201 NOT_A_MAP Error "not-a-map", "The document is not a map",
        "",
        wrong: "", right: "";
    202 MISSING_KEY Error "missing-key", "A required key is missing",
        "",
        wrong: "", right: "";
    203 UNKNOWN_KEY Error "unknown-key", "A key that the language does not know",
        "",
        wrong: "", right: "";
    204 WRONG_TYPE Error "wrong-type", "A value is of the wrong type",
        "",
        wrong: "", right: "";
    205 UNSUPPORTED_VERSION Error "unsupported-version", "The document is written for another version of the language",
        "",
        wrong: "", right: "";
    206 BAD_FLOW_ID Error "bad-flow-id", "The id of a flow is malformed",
        "",
        wrong: "", right: "";
    207 BAD_NODE_ID Error "bad-node-id", "The id of a node is malformed",
        "",
        wrong: "", right: "";
    208 BAD_NAME Error "bad-name", "A name is malformed",
        "",
        wrong: "", right: "";
    209 RESERVED_NAME Error "reserved-name", "A name is reserved",
        "",
        wrong: "", right: "";
    210 UNKNOWN_VALUE Error "unknown-value", "A value is none of those allowed",
        "",
        wrong: "", right: "";
    211 BAD_LOCALE Error "bad-locale", "A locale is malformed",
        "",
        wrong: "", right: "";
    212 BAD_DEFAULT Error "bad-default", "A default does not fit its type",
        "",
        wrong: "", right: "";
    213 DEFAULT_IS_TYPE_NAME Warning "default-is-type-name", "A default is the name of a type",
        "",
        wrong: "", right: "";
    214 BAD_SCHEMA Error "bad-schema", "A JSON Schema is invalid",
        "",
        wrong: "", right: "";
    215 UNKNOWN_SCHEMA Error "unknown-schema", "A reference to a schema that does not exist",
        "",
        wrong: "", right: "";
    216 REMOTE_SCHEMA Error "remote-schema", "A reference to a schema outside the flow",
        "",
        wrong: "", right: "";
    217 BAD_DURATION Error "bad-duration", "A duration is malformed",
        "",
        wrong: "", right: "";
    218 REPEATED_ENTRY Error "repeated-entry", "A list names the same thing twice",
        "",
        wrong: "", right: "";
    219 LIMIT Error "limit", "A limit is exceeded",
        "",
        wrong: "", right: "";
    220 EMPTY_TEXT Error "empty-text", "A text is empty",
        "",
        wrong: "", right: "";
}

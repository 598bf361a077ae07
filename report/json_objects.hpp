// The objects that several JSON documents hold, under the field names of the contract; for the json*.cpp alone.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "report/results.hpp"

namespace treefall::report::json {

/// Keeps the order in which keys are written.
using Json = nlohmann::ordered_json;

/// `{"schema_version": 1}`.
Json new_document();
/// The text of a whole document; bytes that are no UTF-8 become U+FFFD.
std::string document(const Json& json);

Json seconds(std::optional<spec::Duration> duration);
Json text_or_null(const std::string& text);
/// Null for a number that JSON has no word for.
Json finite_or_null(double value);
/// `object[key] = value`; a number that JSON has no word for is null, and `KEY_is` says what it is.
void put_number(Json& object, const std::string& key, double value, std::string_view if_unknown = "unknown");
Json place(const spec::Span& span);

Json prediction_object(const spec::Design& design, const analyzer::Prediction& prediction);
Json measurement_object(const spec::Design& design, const runtime::Measurement& measurement);
/// `design` is null where the text is no design.
Json finding_object(const std::string& file, const spec::Design* design, const analyzer::Finding& finding);
/// What a promise asks of whom.
Json promise_object(const spec::Design& design, const spec::Promise& promise);
/// `margin`: as a share of the bound, of the value given.
void put_margin(Json& object, const spec::Promise& promise, double value);

}  // namespace treefall::report::json

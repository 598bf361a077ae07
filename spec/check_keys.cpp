// A suggestion is made for what will be shown; where a file has thousands of mistakes, only the first ones get one.
#include "spec/check_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "spec/check.hpp"
#include "spec/check_help.hpp"
#include "spec/nearest.hpp"

namespace treefall::spec {

using yaml::Cursor;

namespace {

void no_space_behind_colon(std::vector<Diagnostic>& out, const Cursor& key, std::size_t colon) {
  const bool many = out.size() > most_diagnostics;  // it would not be shown
  const Span at = key.span();
  const bool said =
      many || std::any_of(out.begin(), out.end(), [&](const Diagnostic& d) {
        return d.rule == "yaml-syntax" && d.span.start.byte >= at.start.byte && d.span.start.byte < at.end.byte;
      });
  if (said) return;
  complain(out, key, "yaml-syntax", "a space is missing behind the colon",
           fmt::format("write `{}: {}`", key.text().substr(0, colon), key.text().substr(colon + 1)));
}

}  // namespace

bool TornRest::covers(const Cursor& key, const Cursor& held) {
  if (inside_ && held.is_empty() && key.is_scalar()) {
    inside_ = key.text().find(')') == std::string_view::npos;
    whole_.append(" ").append(key.text());
    return true;
  }
  inside_ = held.is_scalar() && !held.quoted() && is_torn(held.text());
  if (inside_) whole_ = held.text();
  return false;
}

bool names_a_child(std::string_view key) { return key == "id" || key == "name"; }

std::optional<std::string_view> child_key_meant(std::string_view key) {
  constexpr std::array<std::string_view, 2> both{"worker", "supervisor"};
  return nearest(key, both);
}

Guess unknown_key(std::vector<Diagnostic>& out, const Cursor& key, const ObjectInfo& object) {
  if (key.text() == "<<" && !key.quoted()) {
    complain(out, key, "wrong-type", "a merge key takes a mapping or a list of mappings", "write `<<: *ANCHOR`");
    return {};
  }
  const std::size_t colon = key.text().find(':');
  const Field* before_colon =
      colon == std::string_view::npos || key.quoted() ? nullptr : find_field(object, key.text().substr(0, colon));
  if (before_colon != nullptr) {
    no_space_behind_colon(out, key, colon);
    return {before_colon, nullptr};
  }
  if (out.size() > most_diagnostics) {  // no suggestions for what will not be shown
    complain(out, key, "unknown-key", fmt::format("unknown key `{}`", key.text()));
    return {};
  }
  std::vector<std::string_view> known;
  for (const Field& field : object.fields) {
    known.push_back(field.key);
    known.insert(known.end(), field.aliases.begin(), field.aliases.end());
  }
  const std::string keys = fmt::format("{} takes: {}", object.noun, fmt::join(known, ", "));
  Diagnostic& d =
      complain(out, key, "unknown-key", fmt::format("unknown key `{}` in {}", key.text(), object.noun), keys);
  if (const auto near = meant_by(key.text(), known)) {
    d.label = fmt::format("did you mean `{}`?", *near);
    return {find_field(object, *near), nullptr};
  }
  for (const ObjectType other :
       {ObjectType::supervisor, ObjectType::worker, ObjectType::file, ObjectType::handler, ObjectType::tick}) {
    const Field* elsewhere = find_field(info(other), key.text());
    if (elsewhere == nullptr) continue;
    d.label = fmt::format("{} takes it, {} does not", info(other).noun, object.noun);
    return {nullptr, elsewhere};
  }
  return {};
}

void duplicate(std::vector<Diagnostic>& out, const Cursor& key, const Cursor& first) {
  const bool alias = key.text() != first.text();
  Diagnostic& d =
      complain(out, key, "duplicate-key",
               alias ? fmt::format("`{}` is another name of `{}`, which is given already", key.text(), first.text())
                     : fmt::format("the key `{}` is given twice", key.text()),
               "keep one of them");
  d.label = "given again here";
  d.labels.push_back({first.span(), "first given here"});
}

void neither(std::vector<Diagnostic>& out, const Cursor& entry) {
  Diagnostic& d = complain(out, entry, "missing-key", "a child has neither `worker` nor `supervisor`",
                           "write `worker: NAME` or `supervisor: NAME`");
  for (const auto& [key, held] : entry.entries()) {
    if (!key.is_scalar()) continue;
    if (names_a_child(key.text())) {
      d.labels.push_back({key.span(), "its name stands behind `worker:` or `supervisor:`"});
      if (held.is_scalar()) d.help = fmt::format("write `worker: {0}` or `supervisor: {0}`", held.text());
    }
    const auto near = child_key_meant(key.text());
    if (near) d.labels.push_back({key.span(), fmt::format("did you mean `{}`?", *near)});
  }
}

void mend(std::vector<Diagnostic>& out, const TornRest& torn) {
  const auto whole = torn.whole();
  if (!whole || out.empty() || out.back().rule != "torn-distribution") return;
  out.back().help =
      fmt::format("inside `{{ }}` and `[ ]` a comma ends the value; separate the arguments with spaces, `{}`", *whole);
}

}  // namespace treefall::spec

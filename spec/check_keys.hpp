// What is said about the keys of a mapping: unknown, misspelt, given twice, torn off a distribution. Internal to the
// shape check.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spec/diagnostic.hpp"
#include "spec/fields.hpp"
#include "spec/yaml.hpp"

namespace treefall::spec {

/// Steps over what a comma tore off a distribution: keys without values up to its closing bracket.
class TornRest {
 public:
  bool covers(const yaml::Cursor& key, const yaml::Cursor& held);
  /// The distribution as it should have been written, once its last part was covered.
  std::optional<std::string> whole() const { return inside_ ? std::nullopt : std::optional(whole_); }

 private:
  bool inside_ = false;
  std::string whole_;
};

/// What an unknown key is probably meant to be.
struct Guess {
  const Field* near = nullptr;       // misspelt
  const Field* elsewhere = nullptr;  // a key of another object
};

/// What OTP's child specifications and other formats call the name.
bool names_a_child(std::string_view key);
/// `worker` or `supervisor`, misspelt.
std::optional<std::string_view> child_key_meant(std::string_view key);

/// Reports an unknown key, with the key that was probably meant.
Guess unknown_key(std::vector<Diagnostic>& out, const yaml::Cursor& key, const ObjectInfo& object);
void duplicate(std::vector<Diagnostic>& out, const yaml::Cursor& key, const yaml::Cursor& first);
/// A child with neither of the two keys that say what it is.
void neither(std::vector<Diagnostic>& out, const yaml::Cursor& entry);
/// Says how a torn distribution is written; the complaint about it stands last: its rest follows at once.
void mend(std::vector<Diagnostic>& out, const TornRest& torn);

}  // namespace treefall::spec

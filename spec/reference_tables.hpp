// The reference part of docs/language.md, made from the tables that the reader itself uses.
#pragma once

#include <string>

namespace treefall::spec {

/// Markdown: every form of a value, then every kind of mapping with its keys, their values, defaults and meaning.
std::string key_tables();
/// Markdown: every quantity, what has it, its unit and what exactly it is.
std::string quantity_table();

}  // namespace treefall::spec

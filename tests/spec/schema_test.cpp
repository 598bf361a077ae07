#include "spec/schema.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "spec/fields.hpp"
#include "spec/quantity.hpp"

using namespace treefall::spec;

TEST_CASE("reader and schema accept and refuse the same files") {
  const auto path = std::filesystem::temp_directory_path() / ("treefall-schema-" + std::to_string(getpid()) + ".json");
  std::ofstream(path, std::ios::binary) << schema();
  const std::string script = std::string(TREEFALL_ROOT) + "/tests/spec/schema_agrees.py";
  const std::string command = "python3 '" + script + "' '" + path.string() + "' '" + TREEFALL_ROOT + "'";
  CHECK(std::system(command.c_str()) == 0);
  std::filesystem::remove(path);
}

TEST_CASE("every key of the field table is described, once") {
  for (std::size_t i = 0; i < object_type_count; ++i) {
    const ObjectInfo& object = info(static_cast<ObjectType>(i));
    INFO(object.name);
    CHECK(object.type == static_cast<ObjectType>(i));
    CHECK_FALSE(object.description.empty());
    for (const Field& field : object.fields) {
      INFO(field.key);
      CHECK(field.description.ends_with('.'));
      CHECK(find_field(object, field.key) == &field);
      for (const std::string_view alias : field.aliases) CHECK(find_field(object, alias) == &field);
      for (const Word& word : field.shape.words) CHECK_FALSE(word.description.empty());
    }
  }
}

// The program: hands the command line to the command it names.
#include <cstdio>

int main() {
  std::puts("treefall " TREEFALL_VERSION);
  return 0;
}

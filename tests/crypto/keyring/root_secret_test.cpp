#include "crypto/keyring/root_secret.hpp"

#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <set>

namespace lepton::crypto {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class root_secrets : public testing::Test {
protected:
  std::string file(const char* name, const std::string& content, mode_t mode = 0600) const {
    const auto path = folder.write(name, content).string();
    ::chmod(path.c_str(), mode);
    return path;
  }
  tests::temp_dir folder{"root"};
};

std::string random_looking(std::size_t size) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i)
    out.push_back(static_cast<char>(i * 37 + 11));
  return out;
}

bool same(const secret& a, const secret& b) {
  return std::equal(a.bytes().begin(), a.bytes().end(), b.bytes().begin(), b.bytes().end());
}

TEST_F(root_secrets, come_from_a_key_file_of_the_owner_alone) {
  std::set<std::string> errors;
  const auto refused = [&](const std::string& path, const char* wanted) {
    const auto read = root_material::key_file(path);
    ASSERT_FALSE(read.ok()) << path;
    EXPECT_THAT(read.error().message(), HasSubstr(wanted));
    EXPECT_TRUE(errors.insert(read.error().message()).second);
  };
  refused((folder / "none").string(), "No such file");
  refused(file("group", random_looking(32), 0640), "open to other users (mode 0640)");
  refused(file("world", random_looking(32), 0604), "open to other users (mode 0604)");
  refused(file("empty", ""), "holds 0 bytes");
  refused(file("short", random_looking(31)), "holds 31 bytes");
  refused(file("zeros", std::string(64, '\0')), "does not look random");
  refused(file("huge", random_looking(5000)), "more than 4000 bytes");
  fs::create_symlink(file("good", random_looking(32), 0400), folder / "link");
  refused((folder / "link").string(), "symbolic link");
  EXPECT_TRUE(root_material::key_file((folder / "good").string()).ok());
}

TEST_F(root_secrets, refuse_a_key_file_of_another_user) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can give files away";
  const auto path = file("foreign", random_looking(32));
  ASSERT_EQ(::chown(path.c_str(), 65533, 65533), 0);
  ::chmod(folder.path().c_str(), 0755);
  EXPECT_EXIT(
      {
        if (::setuid(65534) != 0)
          std::exit(3);
        const auto read = root_material::key_file(path);
        std::exit(read.ok() ? 1 : 0);
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(root_secrets, are_generated_with_mode_0400_and_never_over_a_file) {
  const auto path = (folder / "made").string();
  ASSERT_TRUE(generate_key_file(path).ok());
  struct stat found{};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0400u);
  EXPECT_TRUE(root_material::key_file(path).ok());
  EXPECT_FALSE(generate_key_file(path).ok());
}

TEST_F(root_secrets, come_from_the_first_line_of_a_passphrase_file) {
  const kdf_salt salt{1, 2, 3};
  const kdf_parameters cheap{1, 8192};
  const auto of = [&](const std::string& path) {
    return root_material::passphrase_file(path)->derive(salt, cheap).value();
  };
  const auto plain = of(file("plain", "correct horse"));
  EXPECT_TRUE(same(plain, of(file("newline", "correct horse\n"))));
  EXPECT_TRUE(same(plain, of(file("lines", "correct horse\nsecond line\n"))));
  EXPECT_FALSE(same(plain, of(file("space", "correct horse \n"))));
  EXPECT_THAT(root_material::passphrase_file(file("none", "\n")).error().message(),
              HasSubstr("is empty"));
  EXPECT_THAT(root_material::passphrase_file(file("open", "correct", 0644)).error().message(),
              HasSubstr("open to other users"));
}

TEST_F(root_secrets, come_from_a_systemd_credential) {
  ::unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_THAT(root_material::credential("root").error().message(),
              HasSubstr("CREDENTIALS_DIRECTORY is not set"));
  ::setenv("CREDENTIALS_DIRECTORY", folder.path().c_str(), 1);
  file("root", random_looking(32), 0440);
  file("open", random_looking(32), 0444);
  const auto read = root_material::credential("root");
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(
      same(read->derive({}, {}).value(),
           root_material::key_file(file("same", random_looking(32)))->derive({}, {}).value()));
  EXPECT_THAT(root_material::credential("open").error().message(), HasSubstr("every user"));
  EXPECT_THAT(root_material::credential("../root").error().message(), HasSubstr("no name"));
  EXPECT_THAT(root_material::credential("none").error().message(), HasSubstr("No such file"));
  ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_F(root_secrets, differ_with_salt_parameters_and_content) {
  const auto key = root_material::key_file(file("a", random_looking(32))).value().derive({1}, {});
  EXPECT_FALSE(
      same(*key, root_material::key_file((folder / "a").string())->derive({2}, {}).value()));
  EXPECT_FALSE(
      same(*key, root_material::key_file(file("b", random_looking(33)))->derive({1}, {}).value()));
  const auto phrase = root_material::passphrase_file(file("p", "correct horse"));
  const auto once = phrase->derive({1}, {1, 8192});
  EXPECT_FALSE(same(*once, phrase->derive({1}, {2, 8192}).value()));
  EXPECT_FALSE(same(*once, phrase->derive({1}, {1, 16384}).value()));
}

TEST_F(root_secrets, forget_what_they_can_read_again) {
  const auto path = file("a", random_looking(32));
  auto material = root_material::key_file(path);
  const auto before = material->derive({1}, {});
  material->forget();
  EXPECT_TRUE(same(*before, material->again()->derive({1}, {}).value()));
  fs::remove(path);
  EXPECT_FALSE(material->again().ok());
}

} // namespace
} // namespace lepton::crypto

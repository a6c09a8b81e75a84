#include "kernels/onnx/onnx_model.hpp"
#include "tests/kernels/onnx_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::tests {

namespace {

using kernels::onnx::element_type;
using kernels::onnx::read_model;
using ::testing::HasSubstr;

std::string failure_of(const std::string& file) {
  const auto read = read_model(as_bytes(file));
  return read ? std::string{} : read.error().message();
}

std::string with_tensor(const wire_message& tensor) {
  onnx_writer w{3};
  w.op("MatMul", {w.add_initializer("w", tensor)});
  return w.file();
}

/// A tensor whose data lies at `location`, as onnx.proto writes it.
wire_message external_tensor(std::string_view location) {
  return wire_message{}
      .integer(1, 3)
      .integer(1, 1)
      .integer(2, 1)
      .text(8, "w")
      .message(13, wire_message{}.text(1, "location").text(2, location))
      .integer(14, 1);
}

TEST(onnx_reader, reads_a_graph) {
  const auto read = read_model(as_bytes(mlp_file({30, 64, 32, 1})));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->opset, 13);
  EXPECT_EQ(read->nodes.size(), 6u);
  EXPECT_EQ(read->constants.size(), 6u);
  ASSERT_EQ(read->inputs.size(), 1u);
  EXPECT_EQ(read->inputs[0].name, "x");
  EXPECT_EQ(read->inputs[0].dims, (dims{-1, 30}));
  EXPECT_EQ(read->constants[0].dims, (dims{30, 64}));
  EXPECT_EQ(floats_of(read->constants[0])->size(), 30u * 64);
}

TEST(onnx_reader, refuses_a_file_that_is_cut_off_anywhere) {
  const auto whole = mlp_file({30, 64, 32, 1});
  for (std::size_t percent = 0; percent < 100; ++percent) {
    const auto part = whole.substr(0, whole.size() * percent / 100);
    ASSERT_FALSE(failure_of(part).empty()) << percent << " %";
  }
}

TEST(onnx_reader, survives_a_file_with_any_byte_changed) {
  const auto whole = mlp_file({3, 4, 2});
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const int flip : {0x01, 0x08, 0x80, 0xff}) {
      auto broken = whole;
      broken[at] = static_cast<char>(broken[at] ^ flip);
      const auto read = read_model(as_bytes(broken));
      ASSERT_TRUE(read || !read.error().message().empty()) << "byte " << at;
    }
}

TEST(onnx_reader, refuses_what_is_no_onnx) {
  EXPECT_THAT(failure_of(""), HasSubstr("not an ONNX file"));
  EXPECT_THAT(failure_of("{\"json\": true}"), HasSubstr("not an ONNX file"));
  EXPECT_THAT(failure_of(std::string(1000, '\0')), HasSubstr("not an ONNX file"));
}

TEST(onnx_reader, refuses_shapes_that_do_not_fit_their_data) {
  const auto shaped = [](const dims& shape) {
    return with_tensor(
        tensor_message("w", shape, element_type::float32, raw_bytes(std::vector<float>{1, 2, 3})));
  };
  EXPECT_THAT(failure_of(shaped({3, -1})), HasSubstr("negative dimension"));
  EXPECT_THAT(failure_of(shaped({std::int64_t{1} << 62, 16})),
              HasSubstr("does not fit into 64 bits"));
  EXPECT_THAT(failure_of(shaped({std::int64_t{1} << 40, 1})), HasSubstr("has 3 values"));
  EXPECT_THAT(failure_of(shaped({3, 2})), HasSubstr("has 3 values, but its shape says 6"));
  EXPECT_THAT(failure_of(shaped(dims(20, 1))), HasSubstr("20 dimensions"));
}

TEST(onnx_reader, refuses_data_in_other_files) {
  for (const auto* place : {"weights.bin", "../secret", "/etc/passwd", "a/../../b"})
    EXPECT_THAT(failure_of(with_tensor(external_tensor(place))), HasSubstr("is in another file"));
}

TEST(onnx_reader, refuses_data_in_other_files_inside_of_bodies) {
  const auto inner = wire_message{}.message(5, external_tensor("../secret"));
  auto body = wire_message{}.message(
      1, wire_message{}.text(4, "If").message(5, wire_message{}.text(1, "then").message(6, inner)));
  onnx_writer w{3};
  w.op("If", {}, {wire_message{}.text(1, "else").message(6, body)});
  EXPECT_THAT(failure_of(w.file()), HasSubstr("is in another file"));

  onnx_writer sparse{3};
  sparse.op("Constant", {},
            {wire_message{}
                 .text(1, "sparse_value")
                 .message(22, wire_message{}.message(1, external_tensor("../secret")))});
  EXPECT_THAT(failure_of(sparse.file()), HasSubstr("is in another file"));
}

TEST(onnx_reader, reads_bodies_nested_three_hundred_deep) {
  // Built from the inside out: each level is a graph with one node with one attribute.
  wire_message body;
  for (int depth = 0; depth < 300; ++depth)
    body = wire_message{}.message(
        1, wire_message{}.message(5, wire_message{}.text(1, "b").message(6, body)));
  onnx_writer w{3};
  w.op("Loop", {}, {wire_message{}.text(1, "body").message(6, body)});
  EXPECT_EQ(failure_of(w.file()), "");
}

TEST(onnx_reader, stops_at_too_many_objects) {
  std::string nodes;
  for (std::int64_t i = 0; i <= kernels::onnx::max_objects; ++i)
    nodes += std::string{"\x0a\x00", 2};
  const auto file = wire_message{}.text(7, nodes).bytes();
  EXPECT_THAT(failure_of(file), HasSubstr("more than 500000"));
}

TEST(onnx_reader, prints_names_without_control_characters) {
  onnx_writer w{3};
  w.op("MatMul",
       {w.add_initializer("w", tensor_message("w\x1b[31m\n", {2}, element_type::float32, "1234"))});
  EXPECT_THAT(failure_of(w.file()), HasSubstr("'w?[31m?'"));
}

} // namespace
} // namespace lepton::tests

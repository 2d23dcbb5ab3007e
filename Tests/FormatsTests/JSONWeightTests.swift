import Formats
import Testing

@Suite struct JSONWeightTests {
    @Test(
        "values, depth and the longest text are counted without parsing",
        arguments: [
            ("", 1, 0, 0), ("1", 1, 0, 0), ("[]", 2, 1, 0), ("[1,2,3]", 4, 1, 0), (#"{"a":[{"b":1}]}"#, 4, 3, 1),
            (#"["a,b[{","c\"]","\\"]"#, 4, 1, 5), (#"["unfinished"#, 2, 1, 10), (#"["ends with \"#, 2, 1, 11),
            ("]]]][[", 3, 0, 0),
        ])
    func counts(text: String, values: Int, depth: Int, longestText: Int) {
        let weight = JSONWeight(of: Array(text.utf8))
        #expect(weight.values == values && weight.depth == depth && weight.longestText == longestText, "\(weight)")
    }

    @Test(
        "the largest list or object is measured wherever it is",
        arguments: [
            ("1", 0), ("[]", 1), ("[1,2,3]", 3), (#"{"a":[1,2,3,4],"b":2}"#, 4), ("[[1,2],[1],[1,2,3],1,1]", 5),
            (#"["a,b,c,d"]"#, 1), ("1,2,3", 0),
        ])
    func width(text: String, width: Int) { #expect(JSONWeight(of: Array(text.utf8)).width == width) }

    @Test("a hundred thousand lists in one another are seen as that many")
    func deep() {
        let weight = JSONWeight(of: [UInt8](repeating: UInt8(ascii: "["), count: 100_000))
        #expect(weight.depth == 100_000 && weight.values == 100_001)
    }
}

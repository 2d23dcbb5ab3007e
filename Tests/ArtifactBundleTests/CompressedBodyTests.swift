import ArtifactBundle
import Foundation
import Testing

@Suite struct CompressedBodyTests {
    private static let gzipped = Array(
        Data(base64Encoded: "H4sIAAAAAAACA0tUKC7PL0pJyyzOUMjMU0ivyiwAACwhleQTAAAA") ?? Data())

    @Test("a whole gzip stream is kept decompressed; what only begins like one stays as it is")
    func decompressed() {
        #expect(CompressedBody.decompressed(Self.gzipped) == Array("a swordfish in gzip".utf8))
        let cut = Array(Self.gzipped.prefix(20))
        #expect(CompressedBody.decompressed(cut) == cut)
        #expect(CompressedBody.decompressed([0x1F, 0x8B]) == [0x1F, 0x8B])
        #expect(CompressedBody.decompressed(Array("text".utf8)) == Array("text".utf8))
    }
}

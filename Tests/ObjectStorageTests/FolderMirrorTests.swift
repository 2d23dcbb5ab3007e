import Foundation
import ObjectStorageSupport
import TestSupport
import Testing

@testable import ObjectStorage

/// A folder with one log, one stream and files.
private struct Layout: MirrorLayout {
    let identity = "identity"

    func kind(of path: String) -> MirroredKind {
        if path.hasSuffix(".stream") { return .stream }
        if path.hasSuffix(".log") { return .log }
        return path.hasSuffix(".local") ? .local : .file
    }

    func wanted(of paths: [String]) -> Set<String> { Set(paths) }
    func sealed(of paths: [String], filled: Set<String>) -> Set<String> { filled.union(["a.stream"]) }
    func owner(of path: String) -> String? { path.hasPrefix("run/") ? "run" : nil }
}

@Suite struct FolderMirrorTests {
    /// A folder of one process, and its mirror.
    private struct Side {
        let url: URL
        let mirror: FolderMirror

        init(_ directory: URL, _ name: String, _ store: MemoryStore, generation: Int, isAttached: Bool = false) throws {
            url = directory.appending(path: name)
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            mirror = FolderMirror(
                folder: url.path, store: store, layout: Layout(), generation: generation, isAttached: isAttached)
        }

        func write(_ text: String, to path: String) throws {
            let file = url.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }

        func append(_ text: String, to path: String) throws {
            let old = (try? String(contentsOf: url.appending(path: path), encoding: .utf8)) ?? ""
            let file = url.appending(path: path)
            if old.isEmpty {
                try write(text, to: path)
            } else {
                let handle = try FileHandle(forWritingTo: file)
                try handle.seekToEnd()
                try handle.write(contentsOf: Data(text.utf8))
                try handle.close()
            }
        }

        func text(_ path: String) -> String? { try? String(contentsOf: url.appending(path: path), encoding: .utf8) }

        func takeOver() async throws { _ = try await mirror.restore { (_) throws(ObjectStoreError) in } }
    }

    private func withSides(
        _ body: (_ store: MemoryStore, _ make: (String, Int) throws -> Side) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let store = MemoryStore()
            try await body(store) { name, generation in
                let side = try Side(directory, name, store, generation: generation)
                return side
            }
        }
    }

    @Test func `an empty disk becomes what the store holds`() async throws {
        try await withSides { store, make in
            let first = try make("first", 1)
            try await first.takeOver()
            try first.write("me", to: "identity")
            try first.write("evidence", to: "run/evidence/1.txt")
            try first.append("one\ntwo\ntor", to: "a.stream")
            try first.append("line\n", to: "run/b.log")
            try first.write("no", to: "x.local")
            try await first.mirror.push(.everything)

            let second = try make("second", 2)
            try await second.takeOver()
            #expect(second.text("run/evidence/1.txt") == "evidence")
            // A line that was being written is not there: it would be cut off here, and not in the store.
            #expect(second.text("a.stream") == "one\ntwo\n")
            #expect(second.text("run/b.log") == "line\n")
            #expect(second.text("x.local") == nil)
        }
    }

    @Test func `what a line refers to is in the store before the line`() async throws {
        try await withSides { store, make in
            let side = try make("side", 1)
            try side.write("me", to: "identity")
            try side.write("evidence", to: "run/evidence/1.txt")
            try side.append("see 1.txt\n", to: "a.stream")
            try await side.mirror.push(.needed)
            let puts = store.puts
            let evidence = try #require(puts.firstIndex(of: "files/run/evidence/1.txt"))
            let line = try #require(puts.firstIndex { $0.hasPrefix("segments/a.stream/") })
            #expect(evidence < line)
        }
    }

    @Test(arguments: [MemoryStore.Failure.answerLost, .requestLost, .conflict])
    func `a write that fails is made once`(failure: MemoryStore.Failure) async throws {
        try await withSides { store, make in
            let side = try make("side", 1)
            try side.write("me", to: "identity")
            try side.append("one\n", to: "a.stream")
            store.fail("segments/a.stream/", failure)
            try await side.mirror.secure("a.stream")
            try side.append("two\n", to: "a.stream")
            try await side.mirror.secure("a.stream")
            let second = try make("second", 2)
            try await second.takeOver()
            #expect(second.text("a.stream") == "one\ntwo\n")
        }
    }

    @Test func `a write that is refused is told, and nothing counts as written`() async throws {
        try await withSides { store, make in
            let side = try make("side", 1)
            try side.append("one\n", to: "a.stream")
            store.fail("segments/a.stream/", .denied)
            await #expect(throws: ObjectStoreError.self) { try await side.mirror.secure("a.stream") }
            try await side.mirror.secure("a.stream")
            #expect(store.keys == ["segments/a.stream/00000001"])
        }
    }

    @Test func `who was taken over from cannot go on with a file`() async throws {
        try await withSides { store, make in
            let old = try make("old", 1)
            try old.write("me", to: "identity")
            try old.append("one\n", to: "a.stream")
            try await old.mirror.push(.everything)
            let new = try make("new", 2)
            try await new.takeOver()
            try old.append("of the old one\n", to: "a.stream")
            let error = await #expect(throws: ObjectStoreError.self) { try await old.mirror.secure("a.stream") }
            #expect(error?.description.contains("another run has taken over") == true)
            try new.append("of the new one\n", to: "a.stream")
            try await new.mirror.secure("a.stream")
            let third = try make("third", 3)
            try await third.takeOver()
            #expect(third.text("a.stream") == "one\nof the new one\n")
        }
    }

    /// Also where there was no file yet: a first record must not appear after the takeover.
    @Test func `a file that did not exist cannot be begun by who was taken over from`() async throws {
        try await withSides { store, make in
            let old = try make("old", 1)
            try await make("new", 2).takeOver()
            try old.append("late\n", to: "a.stream")
            await #expect(throws: ObjectStoreError.self) { try await old.mirror.secure("a.stream") }
        }
    }

    /// The run and its guardian write one file of one machine.
    @Test func `two processes of one owner go on with each other's segments`() async throws {
        try await withTemporaryDirectory { directory in
            let store = MemoryStore()
            let run = try Side(directory, "folder", store, generation: 1)
            let guardian = try Side(directory, "folder", store, generation: 1, isAttached: true)
            try run.append("one\n", to: "a.stream")
            try await run.mirror.secure("a.stream")
            try run.append("two\n", to: "a.stream")
            try await guardian.mirror.secure("a.stream")
            try run.append("three\n", to: "a.stream")
            try await run.mirror.secure("a.stream")
            let next = try Side(directory, "next", store, generation: 2)
            try await next.takeOver()
            #expect(next.text("a.stream") == "one\ntwo\nthree\n")
        }
    }

    @Test func `a file that is removed and begun again is the new one`() async throws {
        try await withSides { store, make in
            let side = try make("side", 1)
            try side.write("me", to: "identity")
            try side.append("one\n", to: "a.stream")
            try await side.mirror.push(.everything)
            try FileManager.default.removeItem(at: side.url.appending(path: "a.stream"))
            try await side.mirror.push(.everything)
            let second = try make("second", 2)
            try await second.takeOver()
            #expect(second.text("a.stream") == nil)
            try second.append("new\n", to: "a.stream")
            try await second.mirror.secure("a.stream")
            let third = try make("third", 3)
            try await third.takeOver()
            #expect(third.text("a.stream") == "new\n")
        }
    }

    /// Its segments went one after the other, and the process died between two of them.
    @Test func `a gap before the end of a removed file is no damage`() async throws {
        try await withSides { store, make in
            let side = try make("side", 1)
            try side.write("me", to: "identity")
            for word in ["one", "two", "three"] {
                try side.append("\(word)\n", to: "a.stream")
                try await side.mirror.secure("a.stream")
            }
            let second = store["segments/a.stream/00000002"]
            try FileManager.default.removeItem(at: side.url.appending(path: "a.stream"))
            try await side.mirror.push(.everything)
            store["segments/a.stream/00000002"] = second
            let next = try make("next", 2)
            try await next.takeOver()
            #expect(next.text("a.stream") == nil)
            #expect(store["segments/a.stream/00000002"] == nil)
        }
    }

    @Test func `a long log waits for what must not be lost, and is whole at the end`() async throws {
        try await withSides { store, make in
            let side = try make("side", 1)
            try side.write("me", to: "identity")
            let line = String(repeating: "x", count: 99_999) + "\n"
            try side.write(String(repeating: line, count: 100), to: "run/b.log")
            try side.append("one\n", to: "a.stream")
            try await side.mirror.push(.results)
            #expect(!store.keys.contains { $0.hasPrefix("segments/run/b.log/") })
            #expect(store.keys.contains("segments/a.stream/00000001"))
            try side.append("two\n", to: "a.stream")
            try await side.mirror.push(.needed)
            // One round sends a part of it.
            #expect(store.keys.filter { $0.hasPrefix("segments/run/b.log/") }.count == 1)
            #expect(store.keys.contains("segments/a.stream/00000002"))
            try await side.mirror.push(.everything)
            let next = try make("next", 2)
            try await next.takeOver()
            #expect(next.text("run/b.log")?.utf8.count == 10_000_000)
        }
    }

    @Test func `an owner's files go with it`() async throws {
        try await withSides { store, make in
            let side = try make("side", 1)
            try side.write("me", to: "identity")
            try side.write("x", to: "run/file")
            try await side.mirror.push(.everything)
            try FileManager.default.removeItem(at: side.url.appending(path: "run"))
            try await side.mirror.push(.everything)
            #expect(!store.keys.contains("files/run/file"))
        }
    }

    @Test func `a folder that somebody removed takes nothing from the store`() async throws {
        try await withSides { store, make in
            let side = try make("side", 1)
            try side.write("me", to: "identity")
            try side.append("one\n", to: "a.stream")
            try await side.mirror.push(.everything)
            let before = store.keys
            try FileManager.default.removeItem(at: side.url)
            await #expect(throws: ObjectStoreError.self) { try await side.mirror.push(.everything) }
            #expect(store.keys == before)
        }
    }

    @Test(arguments: [
        "cut", "changed", "missing", "foreign",
    ])
    func `damage is refused`(manner: String) async throws {
        try await withSides { store, make in
            let side = try make("side", 1)
            try side.write("me", to: "identity")
            for word in ["one", "two", "three"] {
                try side.append("\(word)\n", to: "a.stream")
                try await side.mirror.secure("a.stream")
            }
            let key = "segments/a.stream/00000002"
            let object = try #require(store[key])
            switch manner {
            case "cut": store[key] = Array(object.dropLast(2))
            case "changed": store[key] = object.dropLast(2) + [UInt8(ascii: "x"), UInt8(ascii: "\n")]
            case "missing": store[key] = nil
            default: store["segments/../../etc/passwd/00000001"] = object
            }
            let next = try make("next", 2)
            let error = await #expect(throws: ObjectStoreError.self) { try await next.takeOver() }
            #expect(error?.code == .damaged)
        }
    }
}

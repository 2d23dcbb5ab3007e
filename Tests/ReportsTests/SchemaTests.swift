import Foundation
import TestSupport
import Testing

@Suite struct SchemaTests {
    @Test("What is written is as the schema that the program prints", arguments: SampleRun.allCases)
    func fitsSchemas(run: SampleRun) throws {
        let files = try run.files()
        for (name, path) in [("results", "reports/results.json"), ("verdict", "verdict.json")] {
            let value = try JSONSerialization.jsonObject(with: Data(try #require(files[path]).utf8))
            let faults = try SchemaCheck(named: name).faults(in: value)
            #expect(faults == [], "\(path)")
        }
    }

    @Test("The check finds what it is for")
    func finds() {
        let check = SchemaCheck([
            "type": "object", "required": ["a"], "additionalProperties": false,
            "properties": [
                "a": ["type": "integer", "minimum": 1], "b": ["enum": ["x"]],
                "c": ["type": "array", "items": ["$ref": "#/$defs/d"]],
            ],
            "$defs": ["d": ["type": "string", "pattern": "^[0-9]+$"]],
        ])
        #expect(check.faults(in: ["a": 1, "b": "x", "c": ["17"]] as [String: Any]) == [])
        for wrong: [String: Any] in [
            [:], ["a": 0], ["a": 1.5], ["a": "1"], ["a": 1, "b": "y"], ["a": 1, "c": ["z"]], ["a": 1, "d": 1],
        ] {
            #expect(check.faults(in: wrong).count == 1, "\(wrong)")
        }
    }
}

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
    func finds() throws {
        func value(_ text: String) throws -> Any { try JSONSerialization.jsonObject(with: Data(text.utf8)) }
        let schema = try value(
            """
            {"type": "object", "required": ["a"], "additionalProperties": false,
             "properties": {"a": {"type": "integer", "minimum": 1}, "b": {"enum": ["x"]},
                            "c": {"type": "array", "items": {"$ref": "#/$defs/d"}}},
             "$defs": {"d": {"type": "string", "pattern": "^[0-9]+$"}}}
            """)
        let check = SchemaCheck(try #require(schema as? [String: Any]))
        #expect(check.faults(in: try value(#"{"a": 1, "b": "x", "c": ["17"]}"#)) == [])
        for wrong in [
            "{}", #"{"a": 0}"#, #"{"a": 1.5}"#, #"{"a": "1"}"#, #"{"a": 1, "b": "y"}"#, #"{"a": 1, "c": ["z"]}"#,
            #"{"a": 1, "d": 1}"#,
        ] {
            #expect(check.faults(in: try value(wrong)).count == 1, "\(wrong)")
        }
    }
}

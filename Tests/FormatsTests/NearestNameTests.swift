import Formats
import Testing

@Suite struct NearestNameTests {
    @Test("the nearest name is a slip of the keyboard away, or there is none")
    func nearest() {
        #expect("envronment".nearest(in: ["environment", "services"]) == "environment")
        #expect("xyz".nearest(in: ["environment", "services"]) == nil)
        #expect("a".nearest(in: ["b", "c"]) == "b")
        #expect("".nearest(in: [String]()) == nil)
    }
}

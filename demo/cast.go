package demo

// The numbers are of ranges that regulators keep for stories, where there are such; the domains are reserved too.
var (
	homePlace = &place{"Bristol", "United Kingdom", "Europe/London", "+44 ", "117 496 0###"}
	london    = &place{"London", "United Kingdom", "Europe/London", "+44 ", "20 7946 0###"}
	bath      = &place{"Bath", "United Kingdom", "Europe/London", "+44 ", "7700 900###"}
	cardiff   = &place{"Cardiff", "United Kingdom", "Europe/London", "+44 ", "29 2018 0###"}
	lisbon    = &place{"Lisboa", "Portugal", "Europe/Lisbon", "+351 ", "21 000 ####"}
	paris     = &place{"Paris", "France", "Europe/Paris", "+33 ", "1 99 00 ## ##"}
	madrid    = &place{"Madrid", "Spain", "Europe/Madrid", "+34 ", "910 00 ## ##"}
	munich    = &place{"München", "Germany", "Europe/Berlin", "+49 ", "89 990000##"}
	krakow    = &place{"Kraków", "Poland", "Europe/Warsaw", "+48 ", "12 000 ## ##"}
	malmo     = &place{"Malmö", "Sweden", "Europe/Stockholm", "+46 ", "40 628 ####"}
	istanbul  = &place{"İstanbul", "Türkiye", "Europe/Istanbul", "+90 ", "212 000 ####"}
	dubai     = &place{"Dubai", "United Arab Emirates", "Asia/Dubai", "+971 ", "4 000 ####"}
	telAviv   = &place{"Tel Aviv", "Israel", "Asia/Jerusalem", "+972 ", "3 000 ####"}
	tokyo     = &place{"東京", "Japan", "Asia/Tokyo", "+81 ", "3 0000 ####"}
	shanghai  = &place{"上海", "China", "Asia/Shanghai", "+86 ", "21 0000 ####"}
	seoul     = &place{"서울", "Korea", "Asia/Seoul", "+82 ", "2 000 ####"}
	mumbai    = &place{"Mumbai", "India", "Asia/Kolkata", "+91 ", "22 0000 ####"}
	lagos     = &place{"Lagos", "Nigeria", "Africa/Lagos", "+234 ", "1 000 ####"}
	hanoi     = &place{"Hà Nội", "Vietnam", "Asia/Ho_Chi_Minh", "+84 ", "24 0000 ####"}
	athens    = &place{"Αθήνα", "Greece", "Europe/Athens", "+30 ", "210 000 ####"}
)

// cast is who comes to an interior design studio in Bristol.
var cast = []names{
	{
		share: 56, mailProvider: "post.example", places: []*place{homePlace, homePlace, homePlace, london, bath, cardiff},
		first: []string{"Alice", "Amelia", "Arthur", "Beatrice", "Benjamin", "Charlotte", "Daniel", "Edith", "Ellis", "Florence", "Freya", "George", "Grace",
			"Harriet", "Henry", "Imogen", "Isaac", "Jack", "Jemima", "Lewis", "Lydia", "Martha", "Matilda", "Nathan", "Oliver", "Poppy", "Rhys", "Rosalind", "Rowan",
			"Samuel", "Seren", "Theo", "Thomas", "Violet", "Winifred", "Zachary"},
		last: []string{"Abbott", "Ashworth", "Bainbridge", "Barlow", "Blackwood", "Brennan", "Calloway", "Carver", "Chapman", "Davies", "Draper", "Eastwood", "Ellery",
			"Fairfax", "Fletcher", "Goddard", "Griffiths", "Hawthorne", "Holloway", "Ingram", "Jarvis", "Kemble", "Lockwood", "Marlowe", "Mercer", "Nightingale",
			"O'Connor", "Pemberton", "Penrose", "Quinn", "Radcliffe", "Sinclair", "Thackeray", "Underhill", "Vaughan", "Whitlock", "Wyatt", "Yardley"},
	},
	{
		share: 7, mailProvider: "correio.example", places: []*place{lisbon, madrid, homePlace},
		first: []string{"Inês", "João", "Conceição", "Sebastião", "Íris", "Álvaro", "Begoña", "Iñaki", "Lucía", "Martín", "Nuño", "Mónica"},
		last:  []string{"Gonçalves", "Magalhães", "Simões", "Araújo", "Muñoz", "Ibáñez", "Peña", "Núñez", "Leão", "Brandão"},
	},
	{
		share: 6, mailProvider: "courrier.example", places: []*place{paris, london},
		first: []string{"Zoé", "Noël", "Hélène", "Benoît", "Anaïs", "Gaëlle", "Théo", "Clémence", "Loïc", "Agnès"},
		last:  []string{"Lefèvre", "Durand-Près", "Bélanger", "François", "Hébert", "Maître", "Gérard", "Châtelain"},
	},
	{
		share: 7, mailProvider: "briefe.example", places: []*place{munich, malmo, krakow, homePlace},
		first: []string{"Jürgen", "Käthe", "Sören", "Björn", "Åsa", "Zbigniew", "Małgorzata", "Łukasz", "Grażyna", "Šárka", "Jiří", "Øyvind"},
		last:  []string{"Müller", "Groß", "Schäfer", "Åkesson", "Sjöberg", "Wiśniewski", "Żółtowska", "Dvořák", "Ødegård", "Jäger"},
	},
	{
		share: 4, mailProvider: "posta.example", places: []*place{istanbul, london},
		first: []string{"Ayşe", "Çağla", "Ömer", "Gülşen", "İlker", "Şule"}, last: []string{"Yıldız", "Öztürk", "Çelik", "Güneş", "Şahin"},
	},
	{
		share: 5, mailProvider: "dak.example", places: []*place{mumbai, lagos, london, homePlace},
		first: []string{"Ananya", "Rohan", "Meera", "Vikram", "Chidinma", "Oluwaseun", "Folasade", "Emeka", "Ishaan"},
		last:  []string{"Iyer", "Chatterjee", "Nair", "Deshpande", "Adeyemi", "Nwosu", "Balogun", "Kapoor"},
	},
	{
		share: 3, mailProvider: "thu.example", places: []*place{hanoi, homePlace},
		first: []string{"Thị", "Đức", "Hạnh", "Quỳnh", "Sơn"}, last: []string{"Nguyễn", "Trần", "Đặng", "Lưu"},
	},
	{
		share: 4, mailProvider: "barid.example", places: []*place{dubai, london},
		first: []string{"ليلى", "يوسف", "مريم", "خالد", "نورة", "عمر", "سلمى", "طارق", "هدى", "سامي", "رنا", "فيصل", "دانة", "زياد", "أمل", "كريم"},
		last: []string{"الحسيني", "منصور", "الفارسي", "حداد", "العتيبي", "قاسم", "الخطيب", "نجار", "سليمان", "الشامي", "درويش", "القحطاني", "المزروعي",
			"حمدان", "بركات", "صالح"},
		latin: []string{"Layla Alhusseini", "Yousef Mansour", "Maryam Alfarsi", "Khaled Haddad", "Noura Alotaibi", "Omar Kassem", "Salma Alkhatib", "Tarek Najjar",
			"Huda Suleiman", "Sami Alshami", "Rana Darwish", "Faisal Alqahtani", "Dana Almazrouei", "Ziad Hamdan", "Amal Barakat", "Karim Saleh"},
	},
	{
		share: 2, mailProvider: "doar.example", places: []*place{telAviv},
		first: []string{"נועה", "איתי", "תמר", "אורי", "מיכל", "יונתן", "שירה", "גיל"},
		last:  []string{"לוי", "כהן־ברק", "פרידמן", "שגב", "אדלר", "גולן", "מזרחי", "רוזן"},
		latin: []string{"Noa Levi", "Itai Cohen Barak", "Tamar Friedman", "Uri Segev", "Michal Adler", "Yonatan Golan", "Shira Mizrahi", "Gil Rosen"},
	},
	{
		share: 4, mailProvider: "yubin.example", places: []*place{tokyo, london},
		first: []string{"さくら", "健太", "美咲", "翔", "結衣", "大輔", "陽子", "直樹", "葵", "蓮", "千尋", "拓海", "真由美", "隆", "恵", "誠"},
		last:  []string{"山本", "佐藤", "渡辺", "小林", "加藤", "吉田", "松本", "井上", "木村", "林", "清水", "斎藤", "森田", "石井", "岡本", "藤原"},
		latin: []string{"Sakura Yamamoto", "Kenta Sato", "Misaki Watanabe", "Sho Kobayashi", "Yui Kato", "Daisuke Yoshida", "Yoko Matsumoto", "Naoki Inoue", "Aoi Kimura",
			"Ren Hayashi", "Chihiro Shimizu", "Takumi Saito", "Mayumi Morita", "Takashi Ishii", "Megumi Okamoto", "Makoto Fujiwara"},
	},
	{
		share: 1, mailProvider: "youjian.example", places: []*place{shanghai},
		first: []string{"伟", "秀英", "静怡", "浩然"}, last: []string{"王", "李", "欧阳", "陈"},
		latin: []string{"Wei Wang", "Xiuying Li", "Jingyi Ouyang", "Haoran Chen"},
	},
	{
		share: 1, mailProvider: "upyeon.example", places: []*place{seoul, athens},
		first: []string{"민준", "서연", "Ελένη", "Νίκος"}, last: []string{"김", "박", "Παπαδοπούλου", "Αντωνίου"},
		latin: []string{"Minjun Kim", "Seoyeon Park", "Eleni Papadopoulou", "Nikos Antoniou"},
	},
}

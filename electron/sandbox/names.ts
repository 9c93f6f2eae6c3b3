/** The people and groups that a new merchant's robots know. */
import type { Language } from './model.ts'

export interface RobotPlan {
  readonly name: string
  readonly language: Language
  readonly people: readonly (readonly [name: string, language: Language])[]
  /** Those who are in groups but no friends. */
  readonly strangers: readonly (readonly [name: string, language: Language])[]
  readonly groups: readonly string[]
}

export const robotPlans: readonly RobotPlan[] = [
  {
    name: '小雅客服',
    language: 'zh',
    people: [
      ['陈美琪', 'zh'],
      ['王小明', 'zh'],
      ['สมชาย ใจดี', 'th'],
      ['Emily Carter', 'en'],
      ['佐藤 美咲', 'ja'],
      ['🌸小鹿🦌', 'zh'],
      ['<b>王</b>', 'zh'],
      ['李建国', 'zh'],
      ['فاطمة الزهراء', 'ar'],
      ['Noah O’Brien', 'en'],
      ['กมลชนก', 'th'],
      ['👨‍👩‍👧‍👦 一家四口', 'zh'],
      ['欧阳娜娜的妈妈', 'zh'],
      ['田中 健太', 'ja'],
    ],
    strangers: [
      ['赵敏', 'zh'],
      ['Lucas', 'en'],
      ['孙悦', 'zh'],
    ],
    groups: ['老客户福利群', '双十一拼单 🎉', 'VIP Customers · 会员'],
  },
  {
    name: '林先生门店',
    language: 'zh',
    people: [
      ['周杰', 'zh'],
      ['黄阿姨', 'zh'],
      ['吴迪 🏀', 'zh'],
      ['Sophia Müller', 'en'],
      ['鈴木 一郎', 'ja'],
      ['محمد عبد الله', 'ar'],
      ['ปิยะดา รักไทย', 'th'],
      ['徐静蕾', 'zh'],
      ['刘备货', 'zh'],
      ['😺', 'zh'],
      ['James & Co. "Trading"', 'en'],
      ['高橋 さくら', 'ja'],
      ['郑成功', 'zh'],
      ['马冬梅', 'zh'],
    ],
    strangers: [
      ['店长助理', 'zh'],
      ['山本', 'ja'],
      ['Olivia', 'en'],
    ],
    groups: ['门店同事', '社区团购 3 号楼', '批发商 Wholesale'],
  },
  {
    name: 'ร้านดอกไม้ กรุงเทพ',
    language: 'th',
    people: [
      ['นภัสสร ศรีสุข', 'th'],
      ['ธนากร', 'th'],
      ['คุณแม่น้องพลอย 🌷', 'th'],
      ['วิชัย พงษ์ไพบูลย์', 'th'],
      ['Chloe Nguyen', 'en'],
      ['林佳慧', 'zh'],
      ['伊藤 由美', 'ja'],
      ['ณัฐพล', 'th'],
      ['Daniel 🌻', 'en'],
      ['张伟 (曼谷)', 'zh'],
      ['ليلى حسن', 'ar'],
      ['ศิริพร', 'th'],
      ['Ben', 'en'],
      ['สุดารัตน์ แสงทอง', 'th'],
    ],
    strangers: [
      ['อนุชา', 'th'],
      ['พี่หนึ่ง', 'th'],
      ['Mark', 'en'],
    ],
    groups: ['ลูกค้าประจำ 💐', 'งานแต่งเดือนธันวาคม', 'Bangkok Florists'],
  },
]

/** Names for people who are met later, by language. */
export const laterNames: Readonly<Record<Language, readonly string[]>> = {
  zh: ['新朋友阿芳', '何先生', '钱多多', '苏晴'],
  en: ['Grace Lee', 'Oliver Stone', 'Mia Rossi', 'Tom'],
  th: ['คุณเอก', 'น้ำฝน', 'จิราพร'],
  ja: ['中村 陽子', '小林 翔'],
  ar: ['يوسف', 'مريم'],
}
